import { UserError } from 'n8n-workflow';

export const CREDENTIAL_TYPE = 'llmGeneratorApi';
export const DEFAULT_BASE_URL = 'https://api.llmgenerator.com/api/v1';

/** The credential as n8n hands it out. The last two fields are n8n's own and restrict where the key may go. */
export interface LlmGeneratorCredential {
	apiKey: string;
	baseUrl: string;
	allowedHttpRequestDomains?: 'all' | 'domains' | 'none';
	allowedDomains?: string;
}

/** Where a credential leads, without its key. */
export type Destination = Omit<LlmGeneratorCredential, 'apiKey'>;

/**
 * The base URL without its trailing slash.
 *
 * @throws UserError if it is no URL, or would carry the key in the clear: `https:` is fine anywhere,
 * `http:` only to this machine.
 */
export function checkedBaseUrl(baseUrl: unknown): string {
	const text = String(baseUrl ?? '').trim() || DEFAULT_BASE_URL;
	const advice = `Correct it in the LLM Generator API credential. The usual value is ${DEFAULT_BASE_URL}`;
	if (!URL.canParse(text)) {
		throw new UserError(`The Base URL "${text}" is not a web address. ${advice}`);
	}
	const url = new URL(text);
	if (url.username || url.password || url.search || url.hash) {
		throw new UserError(`The Base URL may hold neither a user name, nor a "?", nor a "#". ${advice}`);
	}
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
		throw new UserError(
			`The Base URL must begin with https://, so that the API key travels encrypted (http:// is for this machine only). ${advice}`,
		);
	}
	return text.replace(/\/+$/, '');
}

/**
 * The domains that the credential names, e.g. "example.com, *.example.com". Undefined where it names none: n8n's "none"
 * speaks of its HTTP Request node, not of this one.
 */
export function allowedDomains(credential: Destination): string | undefined {
	return credential.allowedHttpRequestDomains === 'domains' ? (credential.allowedDomains ?? '') : undefined;
}

/** Whether the credential lets n8n go to an address, by n8n's own rules. n8n itself sees to it since 2.15 only. */
export function isAllowed(url: string, credential: Destination): boolean {
	const named = allowedDomains(credential);
	if (named === undefined) return true;
	const hostname = bareDomain(new URL(url).hostname);
	const isMeant = (domain: string) =>
		// "*.example.com" is every domain below example.com, and not example.com.
		domain.startsWith('*.') ? hostname.endsWith(domain.slice(1)) : hostname === domain;
	return named.split(',').map(bareDomain).filter(Boolean).some(isMeant);
}

/** Whether an address has the origin of the Base URL, which alone gets the key. */
export function isOwn(url: string, { baseUrl }: Destination): boolean {
	return new URL(url).origin === new URL(baseUrl).origin;
}

/**
 * Keeps to the domains that the credential names.
 *
 * @throws UserError if the base URL leads elsewhere
 */
export function checkDomain(credential: Destination): void {
	if (isAllowed(credential.baseUrl, credential)) return;
	const hostname = bareDomain(new URL(credential.baseUrl).hostname);
	throw new UserError(
		`The Base URL leads to ${hostname}, which is not one of the Allowed Domains of the LLM Generator API credential. Correct the Base URL, or add ${hostname} to the Allowed Domains`,
	);
}

/**
 * The API key without the white space that copying adds. Its prefix is not checked: both `llmgen_…` and `llm_…` exist.
 *
 * @throws UserError if it is empty or holds characters that no header can carry.
 */
export function checkedApiKey(apiKey: unknown): string {
	const key = String(apiKey ?? '').trim();
	if (!/^[\x21-\x7e]+$/.test(key)) {
		const happened = key === '' ? 'The API key is empty' : 'The API key holds characters that no key has';
		throw new UserError(`${happened}. Copy the key again into the LLM Generator API credential`);
	}
	return key;
}

function bareDomain(domain: string): string {
	return domain.trim().toLowerCase().replace(/\.$/, '');
}

/** Node's URL writes IPv4 hosts in full (127.1 becomes 127.0.0.1), so a prefix is enough. */
export function isLoopback(hostname: string): boolean {
	return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
