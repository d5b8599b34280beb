import { NodeApiError } from 'n8n-workflow';

/** What broke a connection, as far as n8n passes it on: before 2.34 only code and message survive. */
export interface BrokenConnection {
	/** e.g. ECONNREFUSED */
	code?: string;
	message: string;
	/** The name of the error's class, e.g. SsrfBlockedIpError */
	name?: string;
}

/**
 * Whether the server may have processed a request: it did not get it, it refused it (or n8n refused to send it), or nobody
 * knows. That also holds for an answer that nobody can read.
 */
export type Fate = 'not sent' | 'refused' | 'unknown';

/** Statuses of a server, or of a proxy in front of it, that could not do its work; it may have done part of it. */
export function isUnavailable(status: number): boolean {
	return status >= 500 || status === 408;
}

export function fateOfFailure(broken: BrokenConnection): Fate {
	const { code = '', message } = broken;
	const neverConnected = NEVER_CONNECTED.test(code) || NEVER_CONNECTED_WORDS.test(message);
	const isStopped = isTls(broken) || isBlocked(broken) || isProxyCutOff(broken);
	return neverConnected || isStopped ? 'not sent' : 'unknown';
}

const NEVER_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/;
/** As Node writes them, e.g. "connect ETIMEDOUT 10.0.0.1:443". */
const NEVER_CONNECTED_WORDS =
	/\b(connect|getaddrinfo) E[A-Z_]+\b|before secure TLS connection was established/;

/** Broken connections that often work at the next try. An answer that is cut off has no code. */
const TRANSIENT = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|ERR_BAD_RESPONSE|EAI_AGAIN)$/;

export function isTransient(broken: BrokenConnection): boolean {
	return isCutOff(broken) || isProxyCutOff(broken) || TRANSIENT.test(broken.code ?? '');
}

/** Whether the connection ended in the middle of an answer. There is not always a code for that. */
export function isCutOff({ message }: { message: string }): boolean {
	return /socket hang up|aborted/i.test(message);
}

/** Whether a proxy hung up on n8n, which asked it for a tunnel. */
export function isProxyCutOff({ message }: BrokenConnection): boolean {
	return /^Proxy connection ended/.test(message);
}

/** By the codes of Node's TLS and of OpenSSL's certificate checks. */
export function isTls({ code = '' }: BrokenConnection): boolean {
	return /CERT|TLS|SSL|EPROTO|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code);
}

/** Whether n8n no longer knows this node or its credential: the package was removed while the node was running. */
export function isRemoved({ message }: { message: string }): boolean {
	return /^Unrecognized (node|credential) type: \S*llmGenerator/.test(message);
}

/** Whether n8n's own protection against requests to internal addresses (SSRF) stopped it. */
export function isBlocked({ name = '', message }: BrokenConnection): boolean {
	return /^SsrfBlocked/.test(name) || /^The request was blocked because/.test(message);
}

/**
 * The proxy that could not be reached, e.g. "10.0.0.5:3128": an address that is not the one of the request. A proxy on
 * the API's own port cannot be distinguished from the API, unless the Base URL contains an IP address.
 */
export function unreachableProxy({ message }: BrokenConnection, requestUrl: string): string | undefined {
	const { hostname, port, protocol } = new URL(requestUrl);
	const ownHost = hostname.replace(/^\[|\]$/g, '');
	const ownPort = port || (protocol === 'http:' ? '80' : '443');
	const [, name] = /\bgetaddrinfo E[A-Z_]+ ([^\s:]+)/.exec(message) ?? [];
	if (name) return name.toLowerCase() === ownHost ? undefined : name;
	const [, address, host, at] = /\bconnect E[A-Z]+ ((\S+):(\d+))/.exec(message) ?? [];
	if (!address) return undefined;
	const isElsewhere = at !== ownPort || (isIpAddress(ownHost) && host !== ownHost);
	return isElsewhere ? address : undefined;
}

function isIpAddress(host: string): boolean {
	return host.includes(':') || /^[\d.]+$/.test(host);
}

/** What n8n's request helper threw, without n8n's wrapper and axios' around it. */
export function brokenBy(failure: Error): BrokenConnection {
	const fromInside = causesOf(failure).reverse();
	const text = (field: 'code' | 'message' | 'name') =>
		fromInside.map((cause) => cause[field]).find((found) => typeof found === 'string' && found.trim() !== '');
	return { code: text('code'), message: text('message') ?? '', name: text('name') };
}

interface Cause {
	code?: string;
	message?: string;
	name?: string;
	cause?: Cause | string;
	/** One for each address of a host name that has several. */
	errors?: Cause[];
}

/** From the outside in. n8n's own wrapper is left out if it contains its cause. */
function causesOf(failure: Error): Cause[] {
	const causes: Cause[] = [];
	let next = (failure.cause ?? unwrapped(failure)) as Cause | string | undefined;
	while (next && causes.length < 9) {
		const cause: Cause = typeof next === 'string' ? { message: next } : next;
		causes.push(cause);
		next = cause.cause ?? cause.errors?.[0];
	}
	return causes;
}

/** Before 2.34 n8n's wrapper keeps only the code, where an HTTP status would stand, and the message. */
function unwrapped(failure: Error): Cause {
	if (!(failure instanceof NodeApiError)) return failure as Cause;
	const code = /^[A-Z]/.test(failure.httpCode ?? '') ? failure.httpCode! : undefined;
	return { code, message: failure.messages[0] ?? failure.message };
}
