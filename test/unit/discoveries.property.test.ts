/** Whatever happens on the way, a discovery is paid for once, and nobody gets the URLs of another one. */
import * as fc from 'fast-check';
import { normalized } from '../../nodes/LlmGenerator/sites/address';
import type { DiscoveryRequest, Job } from '../../nodes/LlmGenerator/jobs/job';
import type { JobEntry, JobOptions, Outcome } from '../../nodes/LlmGenerator/jobs/record';
import { JobRun } from '../../nodes/LlmGenerator/jobs/run';
import type { JobSource } from '../../nodes/LlmGenerator/jobs/source';
import { seed } from './chance';
import {
	JobServer,
	trouble,
	type AnsweringBehaviour,
	type GetFault,
	type PostFault,
	type StartedJob,
} from './jobServer';
import { plainly, playTries, type Ended } from './jobTries';
import { PlayedClock } from './playedClock';

const WORLDS = Number(process.env.WORLDS ?? 1000);
const MINUTE_MS = 60_000;

const REQUESTS: DiscoveryRequest[] = [
	{ url: 'https://example.com' },
	{ url: 'https://Example.com/' },
	{ url: 'https://example.com', maxUrls: 25 },
	{ url: 'https://example.com', discoveryType: 'sitemap' },
	{ url: 'http://other.example' },
];

interface World {
	/** The requests of the input items, by their places in the list above. */
	items: number[];
	server: AnsweringBehaviour;
	/** The discoveries that others on the account start meanwhile. */
	others: Array<{ atMs: number; of: number }>;
	/** After how many steps each try of the node dies, a step being a request that leaves or is answered. */
	deaths: number[];
	/** Whether an item that fails leaves the others alone. */
	continues: boolean;
	waits: boolean;
	maxWaitMs: number;
}

const ms = (max: number) => fc.nat({ max });
const often = <T>(usual: T, ...others: T[]) =>
	fc.oneof(
		{ weight: 3, arbitrary: fc.constant(usual) },
		{ weight: 2, arbitrary: fc.constantFrom(...others) },
	);
const server: fc.Arbitrary<AnsweringBehaviour> = fc.record({
	synchronous: fc.boolean(),
	forgetsJobs: often(false, true),
	jobs: fc.array(fc.record({ ms: ms(8 * MINUTE_MS), fails: often(false, true) }), {
		minLength: 1,
		maxLength: 5,
	}),
	posts: fc.array(
		often<PostFault>('none', 'lost before', 'lost after', 'late', 'payment required', 'not sent'),
		{ minLength: 1, maxLength: 5 },
	),
	gets: fc.array(often<GetFault>('none', 'none', 'unavailable', 'rate limit', 'hangs'), {
		minLength: 1,
		maxLength: 7,
	}),
	delays: fc.array(ms(2000), { minLength: 1, maxLength: 7 }),
});
const anyWorld: fc.Arbitrary<World> = fc.record({
	items: fc.array(often(0, 1, 2, 3, 4), { minLength: 1, maxLength: 5 }),
	server,
	others: fc.array(fc.record({ atMs: ms(6 * MINUTE_MS), of: often(0, 1, 2, 3, 4) }), { maxLength: 3 }),
	deaths: fc.array(often(Infinity, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 20), { minLength: 4, maxLength: 4 }),
	continues: fc.boolean(),
	waits: often(true, false),
	maxWaitMs: fc.integer({ min: MINUTE_MS / 2, max: 12 * MINUTE_MS }),
});
/** Every start is answered, and there is time: each item must get what became of its discovery. */
const calm = (played: World): World => ({
	...played,
	server: { ...played.server, posts: ['none'], gets: ['none'], forgetsJobs: false },
	deaths: [Infinity, Infinity],
	continues: true,
	waits: true,
	maxWaitMs: 12 * MINUTE_MS,
});
const world = fc.oneof({ weight: 3, arbitrary: anyWorld }, { weight: 1, arbitrary: anyWorld.map(calm) });

/** An account with its discoveries, in played time. */
class DiscoveryServer extends JobServer<AnsweringBehaviour> {
	readonly discoveries: StartedJob[] = [];

	begin(by: string): StartedJob {
		const { ms, fails } = this.fateOf(this.discoveries.length);
		const jobId = `discovery${this.discoveries.length}`;
		const discovery: StartedJob = { jobId, by, begunAt: this.clock.now(), status: 'processing' };
		this.discoveries.push(discovery);
		this.clock.after(ms, () => {
			discovery.status = fails ? 'failed' : 'completed';
			discovery.endedAt = this.clock.now();
		});
		return discovery;
	}

	source(step: () => Promise<void>, deadlineMs: number): JobSource<DiscoveryRequest> {
		return {
			start: async (request) => {
				const { jobId, status } = await this.post(step, () => this.begin(keyOf(request)), deadlineMs);
				return { jobId, status: status === 'processing' ? 'started' : status };
			},
			status: async (jobId, signal) =>
				await this.get<Job>(
					step,
					() => {
						const discovery = this.discoveries.find((one) => one.jobId === jobId);
						if (!discovery || this.behaviour.forgetsJobs) throw trouble('refused', '404');
						return { jobId, status: discovery.status };
					},
					signal,
				),
		};
	}
}

type Discover = (
	source: JobSource<DiscoveryRequest>,
	request: DiscoveryRequest,
	entry: JobEntry,
	jobOptions: JobOptions,
) => Promise<Outcome>;

const asTheNode = (): Discover => {
	const run = new JobRun();
	return async (source, request, entry, jobOptions) => await run.discover(source, request, entry, jobOptions);
};

const keyOf = ({ url, ...options }: DiscoveryRequest) => `${normalized(url)} ${JSON.stringify(options)}`;

/** Plays the tries of a run, and what the server does afterwards. */
async function play(played: World, begin: () => Discover) {
	const clock = new PlayedClock();
	const server = new DiscoveryServer(clock, played.server);
	const requests = played.items.map((item) => REQUESTS[item]);
	for (const { atMs } of played.others) clock.after(atMs, () => server.begin('somebody else'));
	const { waits, maxWaitMs, deaths, continues } = played;
	const tries = playTries({
		...{ clock, requests, keyOf, deaths, continues },
		how: () => ({ waits, maxWaitMs }),
		run: (step) => {
			const [source, discover] = [server.source(step, maxWaitMs), begin()];
			return async (request, entry, jobOptions) => await discover(source, request, entry, jobOptions);
		},
	});
	const { ended, last } = await clock.runUntil(tries);
	await clock.runUntil(clock.sleep(20 * MINUTE_MS));
	return { discoveries: server.discoveries, ended, last, requests };
}

type Played = Awaited<ReturnType<typeof play>>;

function expectPaidOnce({ discoveries, requests }: Pick<Played, 'discoveries' | 'requests'>): void {
	for (const key of new Set(requests.map(keyOf))) {
		const paid = discoveries.filter(({ by }) => by === key).length;
		if (paid > 1) throw new Error(`${key} was paid for ${paid} times`);
	}
}

/** Where an item got a job, it is its own, and stood as it was told. */
function expectItsOwn({ discoveries, ended }: Played): void {
	for (const { request, outcome, endedAt } of ended) {
		if (!outcome || outcome.is === 'unknown') continue;
		const own = discoveries.find(({ jobId }) => jobId === outcome.job.jobId);
		if (own?.by !== keyOf(request)) throw new Error(`${keyOf(request)} got a discovery of ${own?.by}`);
		if (outcome.is !== 'running' && (own.status !== outcome.is || own.endedAt! > endedAt))
			throw new Error(`${keyOf(request)} was told that it ${outcome.is}, and is ${own.status}`);
	}
}

/** What was started is followed to its end, and only what nobody can know is called unknown. */
function expectAnEnd({ server, deaths, waits, maxWaitMs, continues }: World, played: Played): void {
	const isLost = (one: Ended<DiscoveryRequest>) => one.failure && one.state;
	if (continues && !server.forgetsJobs && played.ended.some(isLost))
		throw new Error('an answer ended the asking for a discovery');
	const isCalm = !deaths.some(Number.isFinite) && server.posts.every((fault) => fault === 'none');
	const isInTime = server.jobs.every((job) => job.ms < maxWaitMs - 2 * MINUTE_MS);
	if (!isCalm || !isInTime) return;
	if (played.ended.some(({ outcome }) => outcome?.is === 'unknown'))
		throw new Error('a discovery counts as unknown although its start was answered');
	const isAnswered = !server.forgetsJobs && server.gets.every((fault) => fault === 'none');
	if (!waits || !continues || !isAnswered) return;
	if (played.last.length < played.requests.length) throw new Error('an item has no end');
	for (const { request, outcome } of played.last)
		if (outcome?.is !== 'completed' && outcome?.is !== 'failed')
			throw new Error(`${keyOf(request)} has no end`);
}

test(
	`paid for once, with its own URLs or a message, in ${WORLDS} worlds`,
	async () => {
		await fc.assert(
			fc.asyncProperty(world, async (played) => {
				const outcome = await play(played, asTheNode);
				expectPaidOnce(outcome);
				expectItsOwn(outcome);
				expectAnEnd(played, outcome);
			}),
			{ numRuns: WORLDS, seed },
		);
	},
	120_000 + 100 * WORLDS,
);

test('the same worlds catch a start that is followed by questions', async () => {
	const details = await fc.check(
		fc.asyncProperty(world, async (played) => expectPaidOnce(await play(played, () => plainly))),
		{ numRuns: 200, seed },
	);
	expect(details.errorInstance).toHaveProperty('message', expect.stringMatching(/was paid for \d+ times/));
});
