import { parseWebAddress } from '../webAddress';

/**
 * The address under which the API keeps a site, e.g. `https://example.com`: host in lower case; without user name,
 * default port, fragment and trailing slashes. Scheme, `www.`, path and query are kept: they make another site.
 * Undefined for anything that is not an http or https address of a host with a dot, or with an IPv6 address.
 */
export function normalizedAddress(text: unknown): string | undefined {
	const url = parseWebAddress(text);
	if (!url || !/[.:]/.test(url.hostname)) return undefined;
	const { protocol, host, pathname, search } = url;
	return `${protocol}//${host}${pathname.replace(/\/+$/, '')}${search}`;
}

/** The address, normalized if it can be. */
export function addressOf(url: string): string {
	return normalizedAddress(url) ?? url;
}

/** How the ledger names a site, e.g. `example.com`. */
export function withoutScheme(address: string): string {
	return address.replace(/^https?:\/\//, '');
}

/** A number that is always the same for the same text (FNV-1a, 32 bits). */
export function hash(text: string): number {
	let value = 0x811c9dc5;
	for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
	return (value ^ (value >>> 15)) >>> 0;
}
