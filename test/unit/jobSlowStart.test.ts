import { generate } from '../../nodes/LlmGenerator/jobs/generate';
import type { Job } from '../../nodes/LlmGenerator/jobs/job';
import type { GenerationSource } from '../../nodes/LlmGenerator/jobs/source';
import { PlayedClock } from './playedClock';

const JOB_MS = 5000;

test('a job whose start had to wait for the rate limit is not asked about at once, but soon after its end', async () => {
	const clock = new PlayedClock();
	const [endsAt, asked]: [number, number[]] = [60_000 + JOB_MS, []];
	const source: Partial<GenerationSource> = {
		async start() {
			await clock.sleep(endsAt - JOB_MS);
			return { jobId: 'job', status: 'queued' };
		},
		async status(jobId): Promise<Job> {
			asked.push(clock.now());
			await clock.sleep(20);
			return { jobId, status: clock.now() >= endsAt ? 'completed' : 'processing' };
		},
	};
	const done = generate(
		source as GenerationSource,
		{ url: 'https://example.com', options: {} },
		{},
		{ clock, signal: new AbortController().signal, waits: true, maxWaitMs: 1_800_000 },
		() => Promise.resolve({ sites: [], isWhole: true }),
	);
	expect(await clock.runUntil(done)).toMatchObject({ is: 'completed' });
	expect(asked[0]).toBeGreaterThanOrEqual(endsAt);
	expect(clock.now()).toBeLessThan(endsAt + 2000);
});
