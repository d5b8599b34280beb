import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { brokenBy, isTransient } from '../../nodes/LlmGenerator/transport/connection';
import { clock } from '../../nodes/LlmGenerator/transport/clock';
import { fileAnswer, ReceivedFile } from '../../nodes/LlmGenerator/transport/file';
import { asText } from '../../nodes/LlmGenerator/transport/receivers';
import { PlayedClock } from './playedClock';

const real = { ...clock };
let played: PlayedClock;
beforeEach(() => {
	played = new PlayedClock();
	Object.assign(clock, { now: played.now, sleep: played.sleep.bind(played), random: played.random });
});
afterAll(() => Object.assign(clock, real));

/** A file of which a piece comes at each of these times, in seconds; without an end where it stalls. */
function requestFile(atSeconds: number[], stalls = false) {
	const body = new Readable({ read: () => undefined });
	for (const at of atSeconds) played.after(at * 1000, () => body.push(`piece at ${at}\n`));
	if (!stalls) played.after(Math.max(...atSeconds) * 1000 + 1, () => body.push(null));
	const httpRequest = ({ abortSignal }: IHttpRequestOptions) => {
		abortSignal!.addEventListener!('abort', () => body.destroy());
		return Promise.resolve({ statusCode: 200, headers: {}, body });
	};
	const context = { helpers: { httpRequest } } as unknown as IExecuteFunctions;
	const credential = { apiKey: 'llmgen_x', baseUrl: 'https://api.example' };
	const file = { url: 'https://files.example/x', receive: asText(1000) };
	return fileAnswer(context, credential, file, { abortSignal: new AbortController().signal });
}

/** Lets time pass until the request has ended, also what the streams do in between. */
async function afterAllTime<T>(request: Promise<T>): Promise<T> {
	let isOver = false;
	const over = () => (isOver = true);
	request.then(over, over);
	while (!isOver) {
		for (let turn = 0; turn < 20; turn++) await setImmediate();
		await played.runUntil(played.sleep(1000));
	}
	return await request;
}

test('a file that comes slowly is read to its end, however long that takes', async () => {
	const { body } = await afterAllTime(requestFile(Array.from({ length: 20 }, (_, index) => index * 50)));
	expect(body).toBeInstanceOf(ReceivedFile);
	expect(played.now()).toBeGreaterThan(900_000);
});

test.each([
	['from the start', []],
	['in the middle', [1, 50, 90]],
])('a connection that is silent %s counts as cut, which is tried again', async (_when, times) => {
	const failure = await afterAllTime(requestFile(times, true)).catch((thrown: Error) => thrown);
	expect(failure).toMatchObject({ code: 'ECONNRESET', message: 'aborted: nothing came for 60 s' });
	expect(isTransient(brokenBy(failure as Error))).toBe(true);
	expect(played.now()).toBeLessThan(250_000);
});
