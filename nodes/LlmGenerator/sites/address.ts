import { parsedUrl } from '../transport/parsedUrl';

/**
 * How the server normalizes an address is not documented. So "the same" is what no server distinguishes; "may be the
 * same" allows for a server that drops the scheme, "www." or the path.
 */

/** Whether two addresses are the same on any server: case of the host, default port, a slash at the end, a fragment. */
export function isSame(address: string, other: string): boolean {
	return normalized(address) === normalized(other);
}

/** Whether a site's address may be what the server made of `requested`. */
export function mayBeSame(siteAddress: string, requested: string): boolean {
	const [site, request] = [parsed(siteAddress), parsed(requested)];
	if (!site || !request) return siteAddress === requested;
	return bareHost(site) === bareHost(request) && ['', rest(request)].includes(rest(site));
}

/** The same for all addresses of which no two should be generated side by side. */
export function siteKey(address: string): string {
	const url = parsed(address);
	return url ? bareHost(url) + rest(url) : address;
}

export function normalized(address: string): string {
	const url = parsed(address);
	return url ? `${url.protocol}//${url.host}${rest(url)}` : address.trim();
}

/** The host, as the descriptions of the ledger name it, e.g. "example.com". */
export function hostOf(address: string): string | undefined {
	const url = parsed(address);
	return url && bareHost(url);
}

function parsed(address: string): URL | undefined {
	const text = String(address).trim();
	const full = /^[a-z][a-z+.-]*:\/\//i.test(text) ? text : `https://${text}`;
	return parsedUrl(full);
}

function bareHost({ host }: URL): string {
	return host.replace(/^www\./, '').replace(/\.$/, '');
}

function rest({ pathname, search }: URL): string {
	return pathname.replace(/\/+$/, '') + search;
}
