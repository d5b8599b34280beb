import { discover } from '../../nodes/LlmGenerator/jobs/discover';
import type { JobEntry } from '../../nodes/LlmGenerator/jobs/record';
import { trouble } from './jobServer';
import { PlayedClock } from './playedClock';

const MINUTE_MS = 60_000;
const REQUEST = { url: 'https://example.com' };

/** Waits for a discovery whose status is not found the first `lost` times. */
async function waitFor(lost: number) {
	const clock = new PlayedClock();
	const entry: JobEntry = {};
	const started = jest.fn();
	const source = {
		start: () => {
			started();
			return Promise.resolve({ jobId: 'discovery1', status: 'started' });
		},
		status: () =>
			lost-- > 0
				? Promise.reject(trouble('refused', '404'))
				: Promise.resolve({ jobId: 'discovery1', status: 'completed' }),
	};
	const signal = new AbortController().signal;
	const jobOptions = { clock, signal, waits: true, maxWaitMs: 30 * MINUTE_MS };
	const discovering = discover(source, REQUEST, entry, jobOptions);
	const outcome = await clock.runUntil(discovering).catch((failure: Error) => failure);
	const again = async () => await clock.runUntil(discover(source, REQUEST, entry, jobOptions));
	return { outcome, again, started, tookMs: clock.now() };
}

test('a discovery that the API does not know for some seconds is waited for', async () => {
	expect((await waitFor(5)).outcome).toMatchObject({ is: 'completed' });
});

test('a discovery that the API does not know for a minute is not waited for until Max Wait', async () => {
	const { outcome, tookMs } = await waitFor(Infinity);
	expect(outcome).toHaveProperty('httpCode', '404');
	expect(tookMs).toBeGreaterThan(MINUTE_MS / 2);
	expect(tookMs).toBeLessThan(3 * MINUTE_MS);
});

test('a retry asks for it again, and does not start another one', async () => {
	const { again, started } = await waitFor(10);
	expect(await again()).toMatchObject({ is: 'completed' });
	expect(started).toHaveBeenCalledTimes(1);
});
