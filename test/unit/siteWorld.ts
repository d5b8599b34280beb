/** What happens to an account with websites while a trigger watches it. */
import * as fc from 'fast-check';
import type { ServerManner } from './siteAccount';

export const PLACES = 8;

export type Step =
	| { do: 'start' | 'complete' | 'fail' | 'make' | 'remove' | 'restore'; place: number }
	| { do: 'tick'; ms: number }
	| { do: 'poll'; ages: number[]; pages: number }
	| { do: 'overlap'; ages: number[]; place: number }
	| { do: 'no answer' | 'limit'; page: number }
	| { do: 'restart' | 'other key' | 'other account' };

export interface World {
	server: ServerManner;
	outcomes: Array<'completed' | 'failed'>;
	/** Sites from before, and whether they are running. */
	past: boolean[];
	steps: Step[];
}

const place = fc.nat({ max: PLACES - 1 });
const ages = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 });
const often = <T>(usual: T, ...others: T[]) =>
	fc.oneof(
		{ weight: 3, arbitrary: fc.constant(usual) },
		{ weight: 2, arbitrary: fc.constantFrom(...others) },
	);
const change = fc.record({
	do: fc.constantFrom(
		...(['make', 'start', 'start', 'complete', 'complete', 'fail', 'remove', 'restore'] as const),
	),
	/** Often the same site, so that things meet. */
	place: fc.oneof(fc.constant(0), place),
});
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 8, arbitrary: change },
	{
		weight: 2,
		arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.constantFrom(1, 1, 5, -1, -5) }),
	},
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant('poll' as const),
			ages: fc.oneof(fc.constant<number[]>([0]), ages),
			pages: often(9, 1, 2),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('overlap' as const), ages, place }) },
	{
		weight: 1,
		arbitrary: fc.record({
			do: fc.constantFrom('no answer' as const, 'limit' as const),
			page: fc.integer({ min: 1, max: 3 }),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'other key' as const) }) },
	{ weight: 1, arbitrary: fc.record({ do: often<'restart' | 'other account'>('restart', 'other account') }) },
);
export const anyWorld: fc.Arbitrary<World> = fc.record({
	server: fc.record({
		moves: often<ServerManner['moves']>('always', 'at the end', 'at the start', 'never'),
		tellsTime: often(true, false),
		pageSize: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 }),
		order: fc.constantFrom('created' as const, 'changed' as const),
	}),
	outcomes: fc.constantFrom<World['outcomes']>([], [], ['failed'], ['completed']),
	past: fc.array(fc.boolean(), { maxLength: PLACES }),
	steps: fc.array(step, { maxLength: 40 }),
});

const calm: ServerManner = { moves: 'always', tellsTime: true, order: 'created' };
const poll: Step = { do: 'poll', ages: [0], pages: 9 };
const world = (more: Partial<World>): [World] => [
	{ server: calm, outcomes: [], past: [], steps: [], ...more },
];
/** The smallest worlds in which a simpler trigger emits something twice, or not at all. */
export const FOUND: Array<[World]> = [
	// An answer that arrives late shows the version before, and the next one the first of the two again.
	world({
		past: [false, false, false, false, false, false],
		steps: [
			{ do: 'overlap', ages: [0], place: 5 },
			{ do: 'overlap', ages: [2], place: 5 },
		],
	}),
	// The same status and no time, but it was seen running.
	world({
		server: { ...calm, tellsTime: false },
		past: [false],
		steps: [{ do: 'start', place: 0 }, poll, { do: 'complete', place: 0 }],
	}),
	// The files of another account.
	world({ past: [false], steps: [{ do: 'other account' }] }),
	// A site that is known, while the first look has not reached the later pages.
	world({
		server: { ...calm, pageSize: 1 },
		past: [true, false, false, false, false, false],
		steps: [{ do: 'make', place: 0 }],
	}),
	// A site that the first round of pages misses, because one in front of it was removed.
	world({
		server: { ...calm, pageSize: 1 },
		past: [false, false, false, false, false, false, false, false],
		steps: [{ do: 'remove', place: 0 }],
	}),
	// A key that is replaced while a generation ends.
	world({ past: [false, true], steps: [{ do: 'complete', place: 1 }, { do: 'other key' }] }),
];
