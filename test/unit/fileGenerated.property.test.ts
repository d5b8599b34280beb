/** Whatever the server does, each generation that is seen to end is emitted once. */
import * as fc from 'fast-check';
import { NodeApiError, type IDataObject, type INode, type IPollFunctions } from 'n8n-workflow';
import { fileGenerated } from '../../nodes/LlmGenerator/events/fileGenerated.event';
import type { KnownSites } from '../../nodes/LlmGenerator/sites/known';
import type { ApiClient } from '../../nodes/LlmGenerator/transport/client';
import { seed } from './chance';
import { timeOf, verdicts, type Memory, type Verdict } from './endedOnce';
import { SiteAccount, type ShownSite } from './siteAccount';
import { anyWorld, FOUND, PLACES, type Step, type World } from './siteWorld';

const WORLDS = Number(process.env.WORLDS ?? 1000);
test(
	`each generation that is seen to end is emitted once, in ${WORLDS} worlds`,
	async () => {
		await fc.assert(
			fc.asyncProperty(anyWorld, async (world) => await new Played(world).play()),
			{ numRuns: WORLDS, seed, examples: FOUND },
		);
	},
	60_000 + 30 * WORLDS,
);

/** The trigger in n8n, and the servers that it asks. */
class Played {
	private readonly accounts: SiteAccount[];
	private key = 0;
	private state: IDataObject = {};
	private saved: IDataObject = {};
	private memory: Memory = { account: '', sites: {} };
	private savedMemory = this.memory;
	/** Sites that a server with pages did not show during the first look, because the pages shifted again and again. */
	private overlooked = new Set<string>();
	/** How often the account changed during the first look. */
	private unrest = 0;
	private readonly emitted = new Set<number>();

	constructor(private readonly world: World) {
		this.accounts = ['a', 'b'].map((name) => new SiteAccount(name, world.server));
	}

	async play(): Promise<void> {
		for (const account of this.accounts) {
			this.world.past.forEach((isRunning, place) => {
				account.tick(1);
				account.start(place);
				if (!isRunning) account.end(place, false);
			});
			account.settle();
		}
		await this.poll();
		this.save();
		for (const step of this.world.steps) await this.take(step);
		for (let polls = 0; polls < 3 * PLACES; polls++) await this.poll();
		expect((this.state.sites as KnownSites).firstLook).toBeUndefined();
		expect(Object.keys(this.memory.sites)).toEqual(expect.arrayContaining(this.account.ids));
	}

	private get account(): SiteAccount {
		return this.accounts[this.key >> 1];
	}

	/** Old answers only of a server that moves the time: of another one, they look like a site that runs again. */
	private get hasReplicas(): boolean {
		const { moves, tellsTime } = this.world.server;
		return tellsTime && moves === 'always';
	}

	private async take(step: Step): Promise<void> {
		if ('place' in step && step.do !== 'overlap') this.change(step.do, step.place);
		if (step.do === 'tick') this.account.tick(step.ms);
		if (step.do === 'poll') await this.poll({ list: this.list(step.ages), pages: step.pages });
		if (step.do === 'overlap') await this.overlap(step.place, step.ages);
		if (step.do === 'no answer') await this.poll({ failsAt: step.page });
		if (step.do === 'limit') await this.poll({ limitedFrom: Math.max(2, step.page) });
		if (step.do === 'restart') [this.state, this.memory] = structuredClone([this.saved, this.savedMemory]);
		if (step.do === 'other key') this.key ^= 1;
		if (step.do === 'other account') this.key = (this.key + 2) % 4;
	}

	private change(what: Step['do'], place: number): void {
		if (this.isFirst) this.unrest++;
		this.account.tick(1);
		if (what === 'start' || what === 'make') this.account.start(place);
		if (what === 'complete' || what === 'make') this.account.end(place, false);
		if (what === 'fail') this.account.end(place, true);
		if (what === 'remove') this.account.remove(place);
		if (what === 'restore') this.account.restore(place);
	}

	private list(ages?: number[]): ShownSite[] {
		return this.account.list(this.hasReplicas && !this.isFirst ? ages : undefined);
	}

	/** Whether the trigger has yet to see how the sites stand. */
	private get isFirst(): boolean {
		const known = this.state.sites as KnownSites | undefined;
		return !known || known.firstLook !== undefined || this.memory.account !== String(this.key);
	}

	private async overlap(place: number, ages: number[]): Promise<void> {
		if (this.isFirst || !this.hasReplicas) return;
		const earlier = this.list(ages);
		// A start that arrives after its end, with the same time, looks like another one.
		this.account.tick(1000);
		this.change('make', place);
		let answer = () => {};
		const late = new Promise<void>((resolve) => (answer = resolve));
		const first = this.poll({ list: earlier, until: late });
		await this.poll();
		answer();
		await first;
	}

	/** One poll of the trigger, held against what it was shown. */
	private async poll(server: Server = {}): Promise<void> {
		const { list = this.list(), pages = Infinity, until } = server;
		const shown: ShownSite[] = [];
		let requests = 0;
		const get = async (_path: string, { page = 1 }: { page?: number }) => {
			requests++;
			if (server.failsAt === page) throw new Error('no answer');
			if (page >= (server.limitedFrom ?? Infinity)) throw new NodeApiError(node, {}, { httpCode: '429' });
			const answer = this.answer(list, page);
			shown.push(...answer.sites);
			await until;
			return answer;
		};
		const client = { account: String(this.key), get } as unknown as ApiClient;
		const before = structuredClone(this.state);
		let known: KnownSites | undefined;
		const state = new Proxy(this.state, {
			set: (kept, name, value) => {
				known = kept.sites as KnownSites | undefined;
				return Reflect.set(kept, name, value);
			},
		});
		try {
			const items = await fileGenerated.poll(this.context, client, state, () => requests < pages);
			this.judge(shown, items as ShownSite[], known);
			if (items.length > 0) this.save();
		} catch (failure) {
			if ((failure as Error).message !== 'no answer') throw failure;
			expect(this.state).toEqual(before);
		}
	}

	private answer(list: ShownSite[], page: number) {
		const { pageSize = Infinity } = this.world.server;
		const sites = pageSize === Infinity ? list : list.slice((page - 1) * pageSize, page * pageSize);
		return { sites, total: list.length };
	}

	private judge(shown: ShownSite[], items: ShownSite[], known?: KnownSites): void {
		const isSame =
			this.memory.account === String(this.key) || shown.some(({ id }) => id in this.memory.sites);
		const isFirst = !known || !isSame || known.firstLook !== undefined;
		const sites = known && isSame ? this.memory.sites : {};
		this.memory = { account: String(this.key), sites };
		const { outcomes } = this.world;
		const isWanted = ({ status }: ShownSite) =>
			outcomes.length === 0 || outcomes.some((one) => one === status.toLowerCase());
		const judged = verdicts(this.memory, shown, isFirst).filter(({ row }) => isWanted(row));
		const rowsOf = (verdict: Verdict) =>
			judged.filter((one) => one.verdict === verdict).map(({ row }) => row);
		const isOverlooked = ({ id }: ShownSite) => this.overlooked.has(id);
		expect(items).toEqual(expect.arrayContaining(rowsOf('must').filter((row) => !isOverlooked(row))));
		expect([...rowsOf('must'), ...rowsOf('may')]).toEqual(expect.arrayContaining(items));
		const times = items.map(timeOf);
		expect(times).toEqual([...times].sort());
		for (const { generation } of items) {
			// Not with expect: that is what this test would mostly do.
			if (this.emitted.has(generation)) throw new Error(`generation ${generation} was emitted again`);
			this.emitted.add(generation);
		}
		if (!isFirst || this.isFirst) return;
		this.account.settle();
		const missing = this.account.ids.filter((id) => !(id in sites));
		if (this.unrest <= 1) expect(missing).toEqual([]);
		this.overlooked = new Set(missing);
		this.unrest = 0;
	}

	private save(): void {
		[this.saved, this.savedMemory] = structuredClone([this.state, this.memory]);
	}

	private get context(): IPollFunctions {
		return { getNodeParameter: () => ({ outcomes: this.world.outcomes }) } as unknown as IPollFunctions;
	}
}

/** How the server answers one poll. */
interface Server {
	list?: ShownSite[];
	/** For how many requests there is time. */
	pages?: number;
	failsAt?: number;
	limitedFrom?: number;
	/** When the answers arrive. */
	until?: Promise<void>;
}

const node = { name: 'LLM Generator Trigger', type: 'llmGeneratorTrigger', typeVersion: 1 } as INode;
