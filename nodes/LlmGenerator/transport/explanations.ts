import {
	isBlocked,
	isCutOff,
	isProxyCutOff,
	isTls,
	unreachableProxy,
	type BrokenConnection,
} from './connection';

/** What happened, and what to do next. No full stop at the end of either. */
export type Explanation = [happened: string, advice: string];

/** For an answer of the API itself that is not a success. */
export function explainStatus(status: number): Explanation {
	if (STATUS[status]) return STATUS[status];
	if (status === 407) return explainIntermediary(status);
	if (status >= 500) return UNAVAILABLE;
	if (status >= 300 && status < 400) return REDIRECT;
	return [`LLM Generator rejected the request (status ${status})`, VALUES];
}

/** For an answer that does not come from the API itself. */
export function explainIntermediary(status: number): Explanation {
	const advice = status === 407 ? PROXY_LOGIN : status >= 500 ? PROXY_LATER : ALLOW;
	return [`${INTERMEDIARY} answered in its place with status ${status}`, advice];
}

/** For a request without a complete answer. `words`: the reason in the words of Node.js or n8n, or ''. */
export function explainConnection(broken: BrokenConnection, requestUrl: string, words: string): Explanation {
	const { code = '' } = broken;
	const proxy = unreachableProxy(broken, requestUrl);
	if (isBlocked(broken)) return BLOCKED;
	if (proxy) return [`The proxy ${proxy}, which n8n sends its requests through, cannot be reached`, PROXY];
	if (isProxyCutOff(broken))
		return ['The proxy that n8n sends its requests through cut the connection', PROXY];
	if (CONNECTION[code]) return CONNECTION[code];
	if (isTls(broken)) return TLS;
	if (isCutOff(broken)) return CUT;
	if (/\bconnect E[A-Z]/.test(broken.message)) return UNREACHABLE;
	const reason = words || code;
	return [
		`The request to LLM Generator did not go through${reason && `: ${reason}`}`,
		'Check the LLM Generator API credential and the network, then run this again',
	];
}

/** The statuses for which the test of a credential has a message: n8n's rules allow no ranges. */
const TESTED = [301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 407, 408, 409, 422, 429];
const TESTED_UNAVAILABLE = [500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530];

/** The messages of the test of a credential. Its rules know only the status, so 403 has two causes there. */
export function testedStatuses(): Array<{ status: number; sentences: string }> {
	return [...TESTED, ...TESTED_UNAVAILABLE].map((status) => {
		const [happened, advice] = IN_TEST[status] ?? explainStatus(status);
		return { status, sentences: `${happened}. ${advice === VALUES ? BASE_URL : advice}` };
	});
}

const VALUES = 'Check the values in this node';
const BASE_URL = 'Check the Base URL in the LLM Generator API credential';
const INTERMEDIARY = 'Something between n8n and LLM Generator (a proxy, CDN or firewall)';
const ALLOW =
	'Ask whoever runs the network of this n8n to allow its requests to LLM Generator, and check the Base URL in the LLM Generator API credential';
const PROXY =
	'Ask whoever runs this n8n to check the proxy, and HTTP_PROXY, HTTPS_PROXY and NO_PROXY in its environment';
const PROXY_LATER =
	'Run this again in a few minutes. If this keeps happening, ask whoever runs the network of this n8n whether LLM Generator can be reached from there';
const PROXY_LOGIN =
	'It asks n8n to log in: ask whoever runs this n8n to put the user name and password of the proxy into HTTP_PROXY and HTTPS_PROXY in its environment';

const STATUS: Record<number, Explanation> = {
	400: ['LLM Generator could not use the request', VALUES],
	401: [
		'LLM Generator did not accept the API key',
		'Check the key in the LLM Generator API credential: it may be mistyped, expired or deleted',
	],
	402: [
		'LLM Generator requires payment first',
		'Buy credits or check the plan of this account in the LLM Generator dashboard',
	],
	403: [
		'The API key is not allowed to do this',
		'Check the permissions of the key and the plan of its account in the LLM Generator dashboard',
	],
	404: ['LLM Generator did not find what was requested', BASE_URL],
	408: [
		'LLM Generator did not get the whole request in time',
		'Run this again in a few minutes. If this keeps happening, check the network and any proxy between n8n and LLM Generator',
	],
	409: [
		'LLM Generator says that this conflicts with the present state of the account',
		'Check in the LLM Generator dashboard whether it has already been done, then run this again',
	],
	422: ['LLM Generator did not accept a value', VALUES],
	429: [
		'The rate limit of your LLM Generator plan is used up',
		'Wait a minute and run this again, run it less often, or move to a plan with a higher limit',
	],
};

const IN_TEST: Record<number, Explanation> = {
	401: ['LLM Generator did not accept this API key', STATUS[401][1]],
	403: [
		'This API key is not allowed to read credits, or something between n8n and LLM Generator (a proxy, CDN or firewall) answered in its place',
		'In the first case, the key is valid, and Site and File operations may still work with it: save it as it is, or allow it to read credits in the LLM Generator dashboard. In the second, ask whoever runs the network of this n8n to allow its requests to LLM Generator',
	],
	404: ['There is no LLM Generator API at this Base URL', BASE_URL],
};

export const UNAVAILABLE: Explanation = [
	'LLM Generator is not working at the moment',
	'Run this again in a few minutes. If this keeps happening, ask LLM Generator’s support',
];
export const REMOVED: Explanation = [
	'The package n8n-nodes-llmgenerator was removed from this n8n while this node was running',
	'Install it again under Settings → Community nodes, then run this again',
];
const REDIRECT: Explanation = [
	'LLM Generator redirected the request to another address, which was not followed, so that the API key is not sent there',
	BASE_URL,
];

const CUT: Explanation = [
	'The connection to LLM Generator was cut before the answer was complete',
	'Run this again. If this keeps happening, check the network and any proxy between n8n and LLM Generator',
];
const UNKNOWN_HOST: Explanation = [
	'The host of LLM Generator was not found',
	'Check the Base URL in the LLM Generator API credential, and that n8n can resolve names on the internet',
];
const UNREACHABLE: Explanation = [
	'LLM Generator cannot be reached from this n8n',
	'Check the Base URL in the LLM Generator API credential, the network and any firewall',
];
const CONNECTION: Record<string, Explanation> = {
	ECONNREFUSED: [
		'Nothing answers at the address of LLM Generator: the connection was refused',
		'Check the Base URL in the LLM Generator API credential. If it is right, run this again later',
	],
	ECONNRESET: CUT,
	EPIPE: CUT,
	ERR_BAD_RESPONSE: CUT,
	ENOTFOUND: UNKNOWN_HOST,
	EAI_AGAIN: UNKNOWN_HOST,
	EHOSTUNREACH: UNREACHABLE,
	ENETUNREACH: UNREACHABLE,
};
const BLOCKED: Explanation = [
	'The protection of this n8n against requests to internal addresses (SSRF) blocked the address of LLM Generator, so nothing was sent',
	'Check the Base URL in the LLM Generator API credential. If it is right, ask whoever runs this n8n to allow its host in N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES',
];
const TLS: Explanation = [
	'A secure connection to LLM Generator could not be made',
	'Check the Base URL in the LLM Generator API credential, the clock of this n8n, and any proxy that inspects traffic',
];
