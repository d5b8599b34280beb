/** An account with websites, as a server shows it that may do whatever the API reference does not rule out. */
import type { Site } from '../../nodes/LlmGenerator/sites/site';

/** A site as it is shown, with the number of its latest generation, which the trigger does not know. */
export type ShownSite = Site & { id: string; generation: number };

export interface ServerManner {
	/** When the time of a site moves. */
	moves: 'always' | 'at the end' | 'at the start' | 'never';
	/** Whether it shows that time at all. */
	tellsTime: boolean;
	/** Undefined: the list is returned whole, in another order each time. */
	pageSize?: number;
	/** In pages, where the site is that was changed last. */
	order: 'created' | 'changed';
}

interface Kept {
	/** All states, the present one last; undefined: the site is not there. */
	states: Array<ShownSite | undefined>;
	/** Replicas are not older than this state: what was before the first look cannot be told from what came after it. */
	oldest: number;
	changedAt: number;
}

const EPOCH = Date.UTC(2026, 0, 1);
const SPELLINGS = [
	(at: number) => new Date(at).toISOString(),
	(at: number) => new Date(at + 7_200_000).toISOString().replace('Z', '+02:00'),
	(at: number) => new Date(at).toISOString().replace('T', ' ').replace('Z', ''),
];

export class SiteAccount {
	private static generations = 0;
	private readonly sites = new Map<string, Kept>();
	private changes = 0;
	private answers = 0;
	/** Of the server, in milliseconds. It may go back, and stand still. */
	private clock = EPOCH;

	constructor(
		private readonly name: string,
		private readonly manner: ServerManner,
	) {}

	tick(ms: number): void {
		this.clock += ms;
	}

	start(place: number): void {
		const { moves } = this.manner;
		const now = this.now(place);
		if (now?.status === 'processing') return;
		const isMoved = !now || moves === 'always' || moves === 'at the start';
		this.change(place, { status: 'processing', generation: SiteAccount.generations++ }, isMoved);
	}

	/** Ends the generation that is running. */
	end(place: number, fails: boolean): void {
		if (this.now(place)?.status !== 'processing') return;
		const { moves } = this.manner;
		const isMoved = moves === 'always' || moves === 'at the end';
		this.change(place, { status: fails ? 'failed' : 'completed' }, isMoved);
	}

	remove(place: number): void {
		this.sites.get(this.id(place))?.states.push(undefined);
	}

	/** It is there again, as it was. */
	restore(place: number): void {
		const kept = this.sites.get(this.id(place));
		if (kept && !kept.states.at(-1)) kept.states.push(kept.states.findLast(Boolean));
	}

	/** From now on, replicas are not older than the present. */
	settle(): void {
		for (const kept of this.sites.values()) kept.oldest = kept.states.length - 1;
	}

	get ids(): string[] {
		return [...this.sites].filter(([, { states }]) => states.at(-1)).map(([id]) => id);
	}

	/** The list as it is now. `ages`: how many states each site is behind; as far as the version before the last one. */
	list(ages: number[] = []): ShownSite[] {
		const { order, pageSize } = this.manner;
		const kept = [...this.sites.values()];
		if (order === 'changed') kept.sort((a, b) => b.changedAt - a.changedAt);
		const shown = kept.map((site, i) => {
			const age = ages[i % ages.length] ?? 0;
			const shown = site.states[Math.max(oldestShown(site), site.states.length - 1 - age)];
			return shown && (laterEnd(shown, site) ?? shown);
		});
		if (pageSize === undefined) shown.push(...shown.splice(0, this.answers % (shown.length + 1)));
		return shown.filter((site) => site !== undefined).map((site) => this.answered(site));
	}

	private answered({ updatedAt, ...site }: ShownSite): ShownSite {
		const answer = this.answers++;
		const spelled = SPELLINGS[answer % SPELLINGS.length](Number(updatedAt));
		const status = answer % 5 === 0 ? site.status.toUpperCase() : site.status;
		const fileUrl = `https://files.example/${site.id}?signature=${answer}`;
		return { ...site, status, fileUrl, ...(this.manner.tellsTime && { updatedAt: spelled }) };
	}

	private change(place: number, change: Partial<ShownSite>, isMoved: boolean): void {
		const id = this.id(place);
		const kept = this.sites.get(id) ?? { states: [], oldest: 0, changedAt: 0 };
		this.sites.set(id, kept);
		const before = kept.states.findLast(Boolean) ?? {
			id,
			url: `https://${id}.example`,
			generation: -1,
			status: '',
		};
		const updatedAt = isMoved || !before.updatedAt ? String(this.clock) : before.updatedAt;
		kept.states.push({ ...before, ...change, updatedAt });
		kept.changedAt = ++this.changes;
	}

	private now(place: number): ShownSite | undefined {
		return this.sites.get(this.id(place))?.states.at(-1);
	}

	private id(place: number): string {
		return `${this.name}${place}`;
	}
}

function hasEnded({ status }: ShownSite): boolean {
	return status !== 'processing';
}

/** A replica is behind by one version at most. */
function oldestShown({ states, oldest }: Kept): number {
	const newest = states.findLast((state) => state && hasEnded(state));
	const before = states.findLastIndex(
		(state) => state && hasEnded(state) && state.generation !== newest?.generation,
	);
	return Math.max(oldest, before, 0);
}

/** The end of a generation that shows the time of its start: shown late, the start would look like another one. */
function laterEnd(shown: ShownSite, { states }: Kept): ShownSite | undefined {
	return states.find(
		(state) =>
			state &&
			hasEnded(state) &&
			state.generation === shown.generation &&
			state.updatedAt === shown.updatedAt,
	);
}
