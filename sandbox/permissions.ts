import { nestRefusal } from './refusal';

/**
 * What a key can be allowed to do. The API has keys with permissions, but does not document the list; these names are
 * those of the sandbox.
 */
export const PERMISSIONS = [
	'credits:read',
	'credits:write',
	'generate',
	'sites:read',
	'discovery',
	'subscriptions:read',
	'subscriptions:write',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** The permission that a request needs; `path` is the part after /api/v1. Undefined for what does not exist. */
export function permissionFor(method: string, path: string): Permission | undefined {
	const [, area] = path.split('/');
	const isReading = method === 'GET' || method === 'HEAD';
	return PERMISSIONS.find(
		(permission) => permission === area || permission === `${area}:${isReading ? 'read' : 'write'}`,
	);
}

/** Refuses a request whose key has a list of permissions without the one that is needed. */
export function requirePermission(
	granted: readonly string[] | undefined,
	method: string,
	path: string,
): void {
	const needed = permissionFor(method, path);
	if (granted === undefined || needed === undefined || granted.includes(needed)) return;
	throw nestRefusal(403, `Missing required permission: ${needed}`);
}
