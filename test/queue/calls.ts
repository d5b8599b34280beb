import axios from 'axios';

/** Under a tight rate limit an answer takes minutes. */
const LIMIT_MS = 270_000;

export interface Answer {
	status: number;
	/** As it came, to the letter. */
	body: string;
}

/**
 * Calls a webhook so often, so many at a time, and returns every answer. A connection that breaks counts as the
 * status 0 with no answer.
 *
 * @param onAnswer told how many answers there are so far
 */
export async function callAll(
	url: string,
	{ times, atOnce, onAnswer }: { times: number; atOnce: number; onAnswer?: (answers: number) => void },
): Promise<Answer[]> {
	const answers: Answer[] = [];
	let called = 0;
	const caller = async () => {
		while (called < times) {
			called++;
			answers.push(await call(url));
			onAnswer?.(answers.length);
		}
	};
	await Promise.all(Array.from({ length: atOnce }, caller));
	return answers;
}

async function call(url: string): Promise<Answer> {
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
