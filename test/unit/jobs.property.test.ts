/** Whatever happens on the way, a generation is paid for once, and nobody gets an older file for the new one. */
import * as fc from 'fast-check';
import { mayBeSame, normalized } from '../../nodes/LlmGenerator/sites/address';
import type { GenerationOptions } from '../../nodes/LlmGenerator/sites/site';
import type { GenerationRequest } from '../../nodes/LlmGenerator/jobs/job';
import type { JobEntry, JobOptions, Outcome } from '../../nodes/LlmGenerator/jobs/record';
import { JobRun } from '../../nodes/LlmGenerator/jobs/run';
import type { GenerationSource } from '../../nodes/LlmGenerator/jobs/source';
import { seed } from './chance';
import { JobAccount, type Generation, type ServerBehaviour } from './jobAccount';
import type { GetFault, PostFault } from './jobServer';
import { plainly, playTries } from './jobTries';
import { PlayedClock } from './playedClock';

const WORLDS = Number(process.env.WORLDS ?? 1000);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const ADDRESSES = [
	'https://example.com',
	'https://Example.com/',
	'https://www.example.com',
	'https://example.com/docs',
	'http://other.example',
];
const OPTIONS: GenerationOptions[] = [
	{ generationMethod: 'simple' },
	{ generationMethod: 'enhanced' },
	{ generationMethod: 'simple', maxUrls: 25 },
];

interface World {
	/** The requests of the input items, by their places in the lists above. */
	items: Array<[address: number, options: number]>;
	server: ServerBehaviour;
	/** Sites from before. */
	past: Array<{ of: [address: number, options: number]; ageMs: number; isRunning: boolean }>;
	/** What others on the account do meanwhile. */
	others: Array<{ atMs: number; of: [address: number, options: number]; generates: boolean }>;
	/** After how many steps each try of the node dies, a step being a request that leaves or is answered. */
	deaths: number[];
	/** Whether an item that fails leaves the others alone. */
	continues: boolean;
	waits: boolean;
	maxWaitMs: number;
	reuseHours?: number;
}

const ms = (max: number) => fc.nat({ max });
const often = <T>(usual: T, ...others: T[]) =>
	fc.oneof(
		{ weight: 3, arbitrary: fc.constant(usual) },
		{ weight: 2, arbitrary: fc.constantFrom(...others) },
	);
/** Often the same site, with the same options, so that things meet. */
const of = fc.tuple(often(0, 1, 2, 3, 4), often(0, 1, 2));
const moment = fc.constantFrom('start' as const, 'end' as const);
const server: fc.Arbitrary<ServerBehaviour> = fc.record({
	synchronous: fc.boolean(),
	normalizes: fc.constantFrom('slash' as const, 'www' as const, 'origin' as const),
	shows: moment,
	books: moment,
	tellsOptions: moment,
	order: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
	skewMs: fc.integer({ min: -10 * MINUTE_MS, max: 10 * MINUTE_MS }),
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
	items: fc.array(of, { minLength: 1, maxLength: 5 }),
	server,
	past: fc.uniqueArray(fc.record({ of, ageMs: ms(4 * HOUR_MS), isRunning: often(false, true) }), {
		maxLength: 2,
		selector: ({ of }) => new URL(ADDRESSES[of[0]]).host.replace('www.', ''),
	}),
	others: fc.array(fc.record({ atMs: ms(6 * MINUTE_MS), of, generates: fc.boolean() }), { maxLength: 3 }),
	deaths: fc.array(often(Infinity, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 20), { minLength: 4, maxLength: 4 }),
	continues: fc.boolean(),
	waits: often(true, false),
	maxWaitMs: fc.integer({ min: MINUTE_MS / 2, max: 12 * MINUTE_MS }),
	reuseHours: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});

/** Nothing happens but lost answers, and there is time: each job must be found then. */
const calm = (played: World): World => ({
	...played,
	server: {
		...played.server,
		posts: played.server.posts.map((fault) => (fault === 'none' ? 'none' : 'lost after')),
		gets: ['none'],
	},
	past: played.past.map((site) => ({ ...site, isRunning: false })),
	others: [],
	deaths: [Infinity, Infinity],
	waits: true,
	maxWaitMs: 10 * MINUTE_MS,
});
/** A start never arrives, and what happens to its site meanwhile must not pass for it. */
const misleading = (played: World): World => ({
	...played,
	server: { ...played.server, posts: ['lost before', 'lost before', 'none'] },
	past: played.past.map((site) => ({ ...site, of: played.items[0] })).slice(0, 1),
	others: played.others.map((other) => ({ ...other, of: [played.items[0][0], other.of[1]] })),
	reuseHours: undefined,
});
const world = fc.oneof(
	{ weight: 3, arbitrary: anyWorld },
	{ weight: 1, arbitrary: anyWorld.map(calm) },
	{ weight: 1, arbitrary: anyWorld.map(misleading) },
);

/** How a run of the node goes about its jobs; the plain way stands beside it to show that the worlds tell. */
type Begin = () => (
	source: GenerationSource,
	request: GenerationRequest,
	entry: JobEntry,
	jobOptions: JobOptions,
) => Promise<Outcome>;

const asTheNode: Begin = () => {
	const run = new JobRun();
	return async (source, request, entry, jobOptions) =>
		await run.generate(source, 'account', request, entry, jobOptions);
};

const keyOf = ({ url, options }: GenerationRequest) => `${normalized(url)} ${JSON.stringify(options)}`;
const requestOf = ([address, options]: [number, number]): GenerationRequest => ({
	url: ADDRESSES[address],
	options: OPTIONS[options],
});

async function play(played: World, begin: Begin) {
	const clock = new PlayedClock();
	const account = new JobAccount(clock, played.server);
	const requests = played.items.map(requestOf);
	for (const { of, ageMs, isRunning } of played.past) {
		const { url, options } = requestOf(of);
		account.add(url, options, ageMs, isRunning);
	}
	for (const { atMs, of, generates } of played.others) {
		// A discovery moves the only time that the API shows of a file: Reuse cannot know.
		if (!generates && played.reuseHours) continue;
		const request = requestOf(of);
		clock.after(atMs, () =>
			generates ? account.begin(request, 'somebody else') : account.discover(request.url),
		);
	}
	const { reuseHours, waits, maxWaitMs } = played;
	const reuseAfter = () => (reuseHours === undefined ? undefined : account.now() - reuseHours * HOUR_MS);
	const tries = playTries({
		...{ clock, requests, keyOf, deaths: played.deaths, continues: played.continues },
		how: () => ({ waits, maxWaitMs, reuseAfter: reuseAfter() }),
		run: (step) => {
			const [source, generate] = [account.source(keyOf, maxWaitMs, step), begin()];
			return async (request, entry, jobOptions) => await generate(source, request, entry, jobOptions);
		},
	});
	const { ended, last } = await clock.runUntil(tries);
	const atEnd = clock.now();
	await clock.runUntil(clock.sleep(20 * MINUTE_MS));
	return { account, ended, last, requests, atEnd };
}

type Played = Awaited<ReturnType<typeof play>>;

function expectPaidOnce({ account, requests }: Pick<Played, 'account' | 'requests'>): void {
	for (const key of new Set(requests.map(keyOf))) {
		const paid = account.generations.filter(({ by }) => by === key).length;
		if (paid > 1) throw new Error(`${key} was paid for ${paid} times`);
	}
}

function expectItsOwn(played: World, { account, ended, last, requests }: Played): void {
	for (const { request, outcome, endedAt } of ended) {
		if (outcome?.is !== 'completed') continue;
		if (!isItsOwn(played, account.generations, request, outcome.job.siteId, endedAt))
			throw new Error(`${keyOf(request)} got a file that is not its own`);
	}
	for (const { request, failure, state } of played.continues ? ended : []) {
		if (failure && state) throw new Error(`${keyOf(request)}: ${failure.message} ended the asking`);
	}
	if (!mustEndWell(played)) return;
	if (last.length < requests.length) throw new Error('an item has no end');
	for (const { request, outcome, failure } of last) {
		if (failure && played.continues) throw new Error(`${keyOf(request)}: ${failure.message}`);
		if (outcome?.is === 'unknown') throw new Error(`${keyOf(request)} was started, and not found`);
		if (outcome?.is === 'running') throw new Error(`${keyOf(request)} was given up`);
	}
}

/** Whether nothing happens but lost answers, and there is time: each job is found then, and waited for. */
function mustEndWell({ items, deaths, server, waits, maxWaitMs, others, past }: World): boolean {
	// Pages that the server takes for one site overwrite each other's file.
	const isMixed = server.normalizes === 'origin' && new Set(items.map(([address]) => address)).size > 1;
	const isQuiet =
		!deaths.some(Number.isFinite) && others.length === 0 && !past.some(({ isRunning }) => isRunning);
	// What shows at its end only is looked for no longer than five minutes.
	const isHidden = server.posts.includes('lost after') && server.shows === 'end';
	const timeMs = Math.min(maxWaitMs, isHidden ? 5 * MINUTE_MS : Infinity) - MINUTE_MS / 3;
	return (
		isQuiet &&
		!isMixed &&
		waits &&
		server.posts.every((fault) => ['none', 'lost after'].includes(fault)) &&
		server.gets.every((fault) => fault === 'none') &&
		server.jobs.every(({ ms }) => ms < timeMs)
	);
}

function isItsOwn(
	{ reuseHours = 0, server }: World,
	generations: Generation[],
	{ url, options }: GenerationRequest,
	siteId: unknown,
	now: number,
): boolean {
	const since = reuseHours ? -reuseHours * HOUR_MS - Math.abs(server.skewMs) : 0;
	return generations.some(
		(one) =>
			one.siteId === siteId &&
			mayBeSame(one.siteId.replace('site of ', ''), url) &&
			one.status === 'completed' &&
			one.endedAt! >= since &&
			one.endedAt! <= now &&
			Object.entries(options).every(([name, value]) => one.options[name as 'maxUrls'] === value),
	);
}

test(
	`paid for once, with its own file or a message, in ${WORLDS} worlds`,
	async () => {
		await fc.assert(
			fc.asyncProperty(world, async (played) => {
				const outcome = await play(played, asTheNode);
				expectPaidOnce(outcome);
				expectItsOwn(played, outcome);
			}),
			{ numRuns: WORLDS, seed },
		);
	},
	120_000 + 100 * WORLDS,
);

test('the same worlds catch a start that is followed by questions, even where nothing is lost but an answer', async () => {
	const details = await fc.check(
		fc.asyncProperty(world, async (played) => {
			const posts: PostFault[] = ['lost after', 'none'];
			const calm = { ...played.server, posts, forgetsJobs: false, gets: ['none' as const] };
			const deaths = [Infinity, Infinity];
			const alone = {
				...played,
				server: calm,
				deaths,
				others: [],
				past: [],
				items: played.items.slice(0, 1),
			};
			expectPaidOnce(await play(alone, () => plainly));
		}),
		{ numRuns: 100, seed },
	);
	expect(details.errorInstance).toHaveProperty('message', expect.stringMatching(/was paid for 2 times/));
});
