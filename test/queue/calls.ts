import axios from 'axios';

/** With a low rate limit, a response takes minutes. */
const LIMIT_MS = 270_000;

export interface WebhookResponse {
	status: number;
	/** Unchanged, as text. */
	body: string;
}

/**
 * Calls a webhook `times` times, `atOnce` calls at a time, and returns every response. A connection that breaks counts as
 * status 0.
 *
 * @param onResponse is called with the number of responses so far
 */
export async function callAll(
	url: string,
	{ times, atOnce, onResponse }: { times: number; atOnce: number; onResponse?: (responses: number) => void },
): Promise<WebhookResponse[]> {
	const responses: WebhookResponse[] = [];
	let called = 0;
	const caller = async () => {
		while (called < times) {
			called++;
			responses.push(await call(url));
			onResponse?.(responses.length);
		}
	};
	await Promise.all(Array.from({ length: atOnce }, caller));
	return responses;
}

async function call(url: string): Promise<WebhookResponse> {
	try {
		const { status, data } = await axios.get<string>(url, {
			proxy: false,
			validateStatus: () => true,
			timeout: LIMIT_MS,
			responseType: 'text',
			transformResponse: (body: string) => body,
		});
		return { status, body: data };
	} catch {
		return { status: 0, body: 'no answer' };
	}
}
