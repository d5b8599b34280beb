import { createHash } from 'crypto';
import { UserError } from 'n8n-workflow';
import { parsedUrl } from './parsedUrl';

export const CREDENTIAL_TYPE = 'llmGeneratorApi';
export const DEFAULT_BASE_URL = 'https://api.llmgenerator.com/api/v1';

/** The credential as n8n returns it. The last two fields are n8n's own and restrict where the key may be sent. */
export interface LlmGeneratorCredential {
	apiKey: string;
	baseUrl: string;
	allowedHttpRequestDomains?: 'all' | 'domains' | 'none';
	allowedDomains?: string;
}

/**
 * A credential that can be used, with its key and base URL as they are sent.
 *
 * @throws UserError if its base URL or key cannot be used
 */
export function checkedCredential(credential: LlmGeneratorCredential): LlmGeneratorCredential {
	const apiKey = checkedApiKey(credential.apiKey);
	const checked = { ...credential, apiKey, baseUrl: checkedBaseUrl(credential.baseUrl) };
	checkDomain(checked);
	return checked;
}

/** The same text for the same key at the same place; it does not reveal the key. */
export function accountOf({ baseUrl, apiKey }: LlmGeneratorCredential): string {
	return createHash('sha256').update(`${baseUrl} ${apiKey}`).digest('base64').slice(0, 8);
}

/** Where a credential leads, without its key. */
export type Destination = Omit<LlmGeneratorCredential, 'apiKey'>;

/**
 * The base URL without its trailing slash.
 *
 * @throws UserError if it is not a URL, or would send the key unencrypted: `https:` is allowed everywhere, `http:` only
 * to this machine
 */
export function checkedBaseUrl(baseUrl: unknown): string {
	const text = String(baseUrl ?? '').trim() || DEFAULT_BASE_URL;
	const advice = `Correct it in the LLM Generator API credential. The usual value is ${DEFAULT_BASE_URL}`;
	const url = parsedUrl(text);
	if (!url) throw new UserError(`The Base URL "${text}" is not a web address. ${advice}`);
	if (url.username || url.password || url.search || url.hash) {
		throw new UserError(`The Base URL must not contain a user name, a "?" or a "#". ${advice}`);
	}
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
		throw new UserError(
			`The Base URL must start with https://, so that the API key is sent encrypted (http:// is for this machine only). ${advice}`,
		);
	}
	return text.replace(/\/+$/, '');
}

/**
 * The domains that the credential allows, e.g. "example.com, *.example.com". Undefined if it has no list: n8n's "none" is
 * about its HTTP Request node, not about this one.
 */
export function allowedDomains(credential: Destination): string | undefined {
	return credential.allowedHttpRequestDomains === 'domains' ? (credential.allowedDomains ?? '') : undefined;
}

/** Whether the credential allows the domain of an address, by n8n's own rules. n8n itself does this only since 2.15. */
export function isAllowed(url: string, credential: Destination): boolean {
	const named = allowedDomains(credential);
	if (named === undefined) return true;
	const hostname = bareDomain(new URL(url).hostname);
	const isMeant = (domain: string) =>
		// "*.example.com" means every domain below example.com, but not example.com itself.
		domain.startsWith('*.') ? hostname.endsWith(domain.slice(1)) : hostname === domain;
	return named.split(',').map(bareDomain).filter(Boolean).some(isMeant);
}

/** Whether an address has the origin of the Base URL, which alone gets the key. */
export function isOwn(url: string, { baseUrl }: Destination): boolean {
	return new URL(url).origin === new URL(baseUrl).origin;
}

/**
 * Checks the domains that the credential allows.
 *
 * @throws UserError if the base URL is on another domain
 */
export function checkDomain(credential: Destination): void {
	if (isAllowed(credential.baseUrl, credential)) return;
	const hostname = bareDomain(new URL(credential.baseUrl).hostname);
	throw new UserError(
		`The Base URL points to ${hostname}, which is not one of the Allowed Domains of the LLM Generator API credential. Correct the Base URL, or add ${hostname} to the Allowed Domains`,
	);
}

/**
 * The API key without the white space that copying adds. Its prefix is not checked: both `llmgen_…` and `llm_…` exist.
 *
 * @throws UserError if it is empty or contains characters that a header cannot contain
 */
export function checkedApiKey(apiKey: unknown): string {
	const key = String(apiKey ?? '').trim();
	if (!/^[\x21-\x7e]+$/.test(key)) {
		const happened =
			key === '' ? 'The API key is empty' : 'The API key contains characters that are not allowed in a key';
		throw new UserError(`${happened}. Copy the key again into the LLM Generator API credential`);
	}
	return key;
}

function bareDomain(domain: string): string {
	return domain.trim().toLowerCase().replace(/\.$/, '');
}

/** Node.js writes IPv4 hosts in full (127.1 becomes 127.0.0.1), so a prefix is enough. */
export function isLoopback(hostname: string): boolean {
	return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
