import { NodeApiError } from 'n8n-workflow';
import { readLedger, type LedgerSource } from './history';
import { MAX_PAGE_ROWS } from './ledgerReader';
import { bookedAt, sorted } from './order';
import type { HistoryPage, Transaction } from './types';

/** How many of the newest rows are remembered: a row that is booked late is noticed up to this far back. */
const REMEMBERED_ROWS = 500;
/** The same while rows are missing by the API's count and there was no time to look for them. */
const MOST_REMEMBERED_ROWS = 4 * REMEMBERED_ROWS;
/** How far back is looked at every poll where no `total` says whether it is worth it. */
const GLANCE_ROWS = 150;
/** Known rows that are read again, so that a few that came or went do not hide where the new ones begin. */
const OVERLAP_ROWS = 20;
/** Below this many rows a page, steps from the known to the new are too small to be sure of. */
const LEAST_STEP_ROWS = 2 * OVERLAP_ROWS;
const FINGERPRINT_LENGTH = 8;

/** Where the ledger stood. Plain data, at most about 4 kB (16 kB while a poll has left something over), to be kept between polls. */
export interface LedgerPosition {
	/** Fingerprints of the newest rows, from the new end of the list inward, without separators. */
	seen: string;
	/** Whether they are all the rows that there were. */
	complete: boolean;
	/** The end of the list at which new rows appear. */
	newEnd: 'front' | 'back';
	/** The offset of the newest row. */
	newestAt: number;
	/** When the newest row was booked, as the API sent it. */
	newest?: string;
	/** How many rows there were, by the API's count. */
	total?: number;
}

/** What is new, oldest first, and where the ledger stands after it. */
export interface News {
	rows: Transaction[];
	position: LedgerPosition;
}

/** Rows without a gap, from the new end of the list inward. */
interface Stretch {
	rows: Transaction[];
	newEnd: 'front' | 'back';
	newestAt: number;
	total?: number;
	/** Whether the stretch is the whole ledger. */
	whole: boolean;
	/** Whether it is all that was to be read, up to the very end; not so where time or the rate limit ran out. */
	atEnd: boolean;
}

/** Where the ledger stands now. Reads no more than the newest rows, where the API says how many there are. */
export async function currentPosition(source: LedgerSource): Promise<LedgerPosition> {
	const nowhere: LedgerPosition = { seen: '', complete: true, newEnd: 'front', newestAt: -1 };
	const front = await fromFront(source, () => true);
	if (front.whole) return positionAfter(nowhere, front);
	const newEnd = await findNewEnd(source, front);
	const start = { ...nowhere, complete: false, newEnd, newestAt: (front.total ?? 0) - 1 };
	return positionAfter(start, await deeper(source, start, REMEMBERED_ROWS));
}

/**
 * The rows that came since `position`, each of them once: however many, wherever the list grows, also with the time of
 * a row already seen, or an older one.
 *
 * @param mayGoOn asked between pages: whether there is time for more. What is left over comes the next time.
 * @throws NodeApiError if a request fails, unless rows were found before the rate limit ended it
 */
export async function readNews(
	source: LedgerSource,
	position: LedgerPosition,
	mayGoOn: () => boolean,
): Promise<News> {
	const seen = new Set(fingerprintsIn(position));
	let stretch = await newest(source, position, seen, mayGoOn);
	let rows = unseen(stretch, position, seen);
	// If the count does not add up, rows may have been booked late, between the known ones.
	const removed = seen.size - stillThere(position, stretch).length;
	const expected = (position.total ?? NaN) + rows.length - removed;
	const unexplained = (stretch.total ?? NaN) - expected || 0;
	const depth = rows.length + Math.max(REMEMBERED_ROWS, seen.size) + Math.max(0, unexplained);
	let explained = !unexplained || (stretch.atEnd && (stretch.whole || stretch.rows.length >= depth));
	if (stretch.atEnd && !explained) {
		const { newEnd, newestAt } = stretch;
		const found = { ...position, newEnd, newestAt };
		const further = await unlessLimited(true, deeper(source, found, depth, mayGoOn));
		if (further?.atEnd) {
			stretch = further;
			rows = unseen(stretch, position, seen);
			explained = true;
		}
	}
	if (!explained) {
		// What there was no time for is for the next poll: it neither counts as seen nor is it remembered.
		const emitted = new Set(rows);
		stretch.rows = stretch.rows.filter((row) => emitted.has(row) || seen.has(fingerprint(row)));
		stretch.total = expected;
	}
	const remembered = explained ? REMEMBERED_ROWS : MOST_REMEMBERED_ROWS;
	return {
		rows: sorted(rows.reverse(), 'oldestFirst'),
		position: positionAfter(position, stretch, remembered),
	};
}

/** The new end of the list with at least one known row; as far as time allows, beginning with the known ones. */
async function newest(
	source: LedgerSource,
	position: LedgerPosition,
	seen: Set<string>,
	mayGoOn: () => boolean,
): Promise<Stretch> {
	const reachesKnown = (rows: Transaction[]) => rows.some((row) => seen.has(fingerprint(row)));
	const glance = position.total === undefined ? GLANCE_ROWS : OVERLAP_ROWS;
	if (position.newEnd === 'back') {
		for (const overlap of [glance, REMEMBERED_ROWS]) {
			const stretch = await toBack(source, position.newestAt + 1 - overlap, mayGoOn);
			if (stretch.whole || reachesKnown(stretch.rows)) return stretch;
		}
		return await fromFront(source, () => false);
	}
	const front = await fromFront(source, (rows) => rows.length >= glance || !reachesKnown(rows));
	if (front.whole || reachesKnown(front.rows)) return front;
	const inSteps = seen.size > 0 && front.rows.length >= LEAST_STEP_ROWS;
	const climbed = inSteps ? await climb(source, position, front, seen, mayGoOn) : undefined;
	return climbed ?? (await fromFront(source, reachesKnown));
}

/**
 * From the known rows up to the front, page by page: so that a long absence is caught up with in portions, the oldest
 * first. Undefined: no known row was found.
 */
async function climb(
	source: LedgerSource,
	position: LedgerPosition,
	front: Stretch,
	seen: Set<string>,
	mayGoOn: () => boolean,
): Promise<Stretch | undefined> {
	const known = new Set(seen);
	const found: Transaction[][] = [];
	const step = front.rows.length - OVERLAP_ROWS;
	let { total } = front;
	let knownAt = total !== undefined && position.total !== undefined ? total - position.total : step;
	let jump = step;
	do {
		const offset = Math.max(0, knownAt - step);
		const page = await unlessLimited(found.length > 0, ask(source, offset));
		if (!page) break;
		const place = page.transactions.findIndex((row) => known.has(fingerprint(row)));
		total = page.total;
		if (place >= 0) {
			// The first piece keeps the known rows, from which the others go on, without a gap.
			const rows = found.length === 0 ? page.transactions : page.transactions.slice(0, place);
			if (found.length === 0) known.clear();
			rows.forEach((row) => known.add(fingerprint(row)));
			found.unshift(rows);
			knownAt = offset;
			jump = OVERLAP_ROWS;
		} else {
			// Rows came meanwhile, or the count was not to be relied on: the known ones are further back.
			if (page.transactions.length === 0) return undefined;
			knownAt = offset + step + jump;
			jump *= 2;
		}
	} while (knownAt > 0 && mayGoOn());
	return {
		rows: found.flat(),
		newEnd: 'front',
		newestAt: 0,
		// The rows in front of the known ones are not counted yet, so that the next poll looks for them.
		total: total === undefined ? undefined : total - knownAt,
		whole: false,
		atEnd: knownAt === 0,
	};
}

/** The rows of a stretch that were not seen before. What lies further in than the last one seen is old. */
function unseen({ rows }: Stretch, position: LedgerPosition, seen: Set<string>): Transaction[] {
	const isSeen = (row: Transaction) => seen.has(fingerprint(row));
	if (position.complete) return rows.filter((row) => !isSeen(row));
	const known = rows.findLastIndex(isSeen);
	if (known >= 0) return rows.slice(0, known).filter((row) => !isSeen(row));
	// Not one of the remembered rows is left: only the time tells.
	return rows.filter((row) => bookedAt(row) >= Date.parse(position.newest ?? ''));
}

/** The remembered rows without those that are missing from a stretch that should have them. */
function stillThere(position: LedgerPosition, { rows, atEnd }: Stretch): string[] {
	const present = new Set(rows.map(fingerprint));
	const remembered = fingerprintsIn(position);
	const isPresent = (print: string) => present.has(print);
	const innermost = remembered.findLastIndex(isPresent);
	// A stretch that was cut off says nothing of what lies beyond it.
	const outermost = atEnd ? 0 : remembered.findIndex(isPresent);
	return remembered.filter((print, place) => place < outermost || place > innermost || isPresent(print));
}

/** So many rows up to the new end; all rows where all are remembered. Without `mayGoOn`, nothing cuts it off. */
async function deeper(
	source: LedgerSource,
	position: LedgerPosition,
	depth: number,
	mayGoOn?: () => boolean,
): Promise<Stretch> {
	const enough = position.complete ? Infinity : depth;
	if (position.newEnd === 'back') return await toBack(source, position.newestAt + 1 - enough, mayGoOn);
	const stretch = await fromFront(source, (rows) => rows.length >= enough || mayGoOn?.() === false);
	return { ...stretch, atEnd: stretch.whole || stretch.rows.length >= enough };
}

async function fromFront(source: LedgerSource, isEnough: (rows: Transaction[]) => boolean): Promise<Stretch> {
	const { rows, totals, ended } = await read(source, 0, isEnough);
	const grows = ended && rows.length > 0 && bookedAt(rows[rows.length - 1]) > bookedAt(rows[0]);
	return {
		rows: grows ? rows.toReversed() : rows,
		newEnd: grows ? 'back' : 'front',
		newestAt: grows ? rows.length - 1 : 0,
		// The first count: rows that arrived at the front later were not read.
		total: grows ? totals.at(-1) : totals[0],
		whole: ended,
		atEnd: true,
	};
}

/** Without `mayGoOn`, neither time nor the rate limit cuts it off. */
async function toBack(source: LedgerSource, offset: number, mayGoOn?: () => boolean): Promise<Stretch> {
	const from = Math.max(0, offset);
	const { rows, totals, ended } = await read(
		source,
		from,
		() => mayGoOn?.() === false,
		mayGoOn !== undefined,
	);
	const newestAt = from + rows.length - 1;
	return {
		rows: rows.toReversed(),
		newEnd: 'back',
		newestAt,
		total: ended || totals.at(-1) === undefined ? totals.at(-1) : newestAt + 1,
		whole: ended && from === 0,
		atEnd: ended,
	};
}

/**
 * Rows from an offset on, until there are enough or the list ends.
 *
 * @param mayBeCut whether a rate limit ends it with the rows that there are
 */
async function read(
	source: LedgerSource,
	from: number,
	isEnough: (rows: Transaction[]) => boolean,
	mayBeCut = false,
) {
	const totals: Array<number | undefined> = [];
	/** The last row of all. It may have been read ahead, and not be among the rows yet. */
	let last: string | undefined;
	const watched: LedgerSource = {
		unreadable: (happened) => source.unreadable(happened),
		page: async (slice, signal) => {
			const { transactions, total, hasMore } = await source.page(slice, signal);
			totals.push(total);
			const ends = hasMore === false && total !== undefined && slice.offset + transactions.length >= total;
			if (ends) last = transactions.at(-1)?.id;
			return { transactions, total, hasMore };
		},
	};
	const rows: Transaction[] = [];
	let ended = false;
	const pages = readLedger(watched, { from, ahead: 4, mayStopEarly: true });
	for (;;) {
		const page = await unlessLimited(mayBeCut && rows.length > 0, pages.next());
		if (page?.done) ended = true;
		if (!page?.value) break;
		rows.push(...page.value);
		ended = last !== undefined && rows.at(-1)?.id === last;
		if (isEnough(rows)) break;
	}
	await pages.return();
	return { rows, totals, ended };
}

/** At which end the list grows: there, the rows are newer. */
async function findNewEnd(source: LedgerSource, front: Stretch): Promise<'front' | 'back'> {
	const last = front.total ? (await ask(source, front.total - 1)).transactions.at(-1) : undefined;
	return bookedAt(last ?? front.rows[front.rows.length - 1]) > bookedAt(front.rows[0]) ? 'back' : 'front';
}

async function ask(source: LedgerSource, offset: number): Promise<HistoryPage> {
	return await source.page({ limit: MAX_PAGE_ROWS, offset }, new AbortController().signal);
}

/** Undefined where the rate limit ended a request, but there is something to show already. */
async function unlessLimited<T>(somethingFound: boolean, request: Promise<T>): Promise<T | undefined> {
	return await request.catch((failure: unknown) => {
		if (somethingFound && failure instanceof NodeApiError && failure.httpCode === '429') return undefined;
		return Promise.reject(failure as Error);
	});
}

function positionAfter(
	position: LedgerPosition,
	stretch: Stretch,
	remembered = REMEMBERED_ROWS,
): LedgerPosition {
	const { newEnd, newestAt, total, whole } = stretch;
	const read = stretch.rows.map(fingerprint);
	const known = stillThere(position, stretch);
	// Only of a stretch that was cut off does anything known lie beyond.
	const place = known.findIndex((print) => read.includes(print));
	const beyond = known.slice(0, Math.max(0, place));
	const all = [...new Set([...beyond, ...read, ...known])];
	const times = [position.newest, ...stretch.rows.map(({ createdAt }) => createdAt)].filter(Boolean);
	return {
		seen: all.slice(0, remembered).join(''),
		complete: (whole || position.complete) && all.length <= remembered,
		newEnd,
		newestAt,
		newest: times.reduce((a, b) => (Date.parse(b!) > Date.parse(a!) ? b : a), times[0]),
		total,
	};
}

function fingerprintsIn({ seen }: LedgerPosition): string[] {
	return seen.match(new RegExp(`.{${FINGERPRINT_LENGTH}}`, 'g')) ?? [];
}

/** An ID in eight characters: two 32-bit FNV-1a hashes with different multipliers, 41 bits of them kept. */
function fingerprint({ id }: Transaction): string {
	let [a, b] = [0x811c9dc5, 0xc2b2ae35];
	for (let i = 0; i < id.length; i++) {
		const code = id.charCodeAt(i);
		a = Math.imul(a ^ code, 0x01000193);
		b = Math.imul(b ^ code, 0x85ebca6b);
	}
	const text = (hash: number) => (hash >>> 0).toString(36).padStart(7, '0').slice(-4);
	return text(a) + text(b);
}
