import type { JobEntry, JobOptions, JobRecord, Outcome } from '../../nodes/LlmGenerator/jobs/record';
import type { JobSource } from '../../nodes/LlmGenerator/jobs/source';
import type { PlayedClock } from './playedClock';

/** How a run of the node goes about the jobs of its items. `step` is called with each request: it never comes back where the node died. */
export type Run<R> = (
	step: () => Promise<void>,
) => (request: R, entry: JobEntry, jobOptions: JobOptions) => Promise<Outcome>;

/** What came of an item in one try. */
export interface Ended<R> {
	request: R;
	outcome?: Outcome;
	failure?: Error;
	/** How far it came by then. */
	state?: JobRecord['state'];
	endedAt: number;
}

export interface Tries<R> {
	clock: PlayedClock;
	/** Of the input items. */
	requests: R[];
	/** The same for items that share a job. */
	keyOf: (request: R) => string;
	/** After how many steps each try of the node dies, a step being a request that leaves or is answered. */
	deaths: number[];
	/** Whether an item that fails leaves the others alone. */
	continues: boolean;
	how: () => Pick<JobOptions, 'waits' | 'maxWaitMs' | 'reuseAfter'>;
	run: Run<R>;
}

/** Plays the tries of a run, each with what the one before kept, until all its items are done. */
export async function playTries<R>(
	tries: Tries<R>,
): Promise<{ ended: Array<Ended<R>>; last: Array<Ended<R>> }> {
	const ended: Array<Ended<R>> = [];
	let saved = '{}';
	for (const [tried, death] of tries.deaths.entries()) {
		const entries = JSON.parse(saved) as Record<string, JobEntry>;
		const { results, snapshot } = await oneTry(tries, entries, death);
		saved = snapshot;
		ended.push(...results);
		const isDone = results.every(({ outcome }) => outcome?.is === 'completed');
		const isLast = tried === tries.deaths.length - 1;
		if (isLast || (results.length === tries.requests.length && isDone)) return { ended, last: results };
		await tries.clock.sleep(1000);
	}
	return { ended, last: [] };
}

async function oneTry<R>(
	{ clock, requests, keyOf, continues, how, run }: Tries<R>,
	kept: Record<string, JobEntry>,
	death: number,
): Promise<{ results: Array<Ended<R>>; snapshot: string }> {
	const stopping = new AbortController();
	let [steps, isDead] = [0, false];
	let die = (_at: string) => {};
	const died = new Promise<string>((resolve) => (die = resolve));
	const never = new Promise<never>(() => {});
	const step = async () => {
		if (++steps >= death && !isDead) {
			isDead = true;
			die(JSON.stringify(kept));
		}
		if (isDead) await never;
	};
	const jobOptions: JobOptions = {
		clock: {
			...clock,
			now: clock.now,
			random: clock.random,
			sleep: async (forMs, signal) => {
				await clock.sleep(forMs, signal);
				if (isDead) await never;
			},
		},
		signal: stopping.signal,
		...how(),
	};
	const doJob = run(step);
	const results: Array<Ended<R>> = [];
	const items = requests.map(async (request) => {
		const own = (kept[keyOf(request)] ??= {});
		try {
			const outcome = await doJob(request, own, jobOptions);
			results.push({ request, outcome, endedAt: clock.now() });
			if (outcome.is !== 'completed' && !continues) stopping.abort();
		} catch (failure) {
			const state = own.record?.state;
			results.push({ request, failure: failure as Error, state, endedAt: clock.now() });
			if (!continues) stopping.abort();
		}
	});
	const snapshot = await Promise.race([died, Promise.all(items).then(() => JSON.stringify(kept))]);
	return { results: [...results], snapshot };
}

/** How it is usually written, n8n's own nodes included: a start, and then questions; what fails begins anew. */
export async function plainly<R>(
	source: JobSource<R>,
	request: R,
	_entry: JobEntry,
	{ clock, maxWaitMs }: JobOptions,
): Promise<Outcome> {
	const endsAt = clock.now() + maxWaitMs;
	let job = await source.start(request);
	while (job.status !== 'completed') {
		if (job.status === 'failed' || clock.now() > endsAt) return { is: 'failed', job };
		await clock.sleep(5000);
		job = await source.status(job.jobId!);
	}
	return { is: 'completed', job };
}
