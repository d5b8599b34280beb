import type { Clock } from '../transport/clock';
import { siteKey } from './address';
import { lookAtAccount, type Look } from './find';
import { generate } from './generate';
import type { Wish } from './job';
import type { Kept, Manner, Outcome } from './record';
import type { JobSource } from './source';

/** Jobs that begin within this time share one look at the account, in milliseconds. */
const LOOK_LASTS_MS = 60_000;

/** What the jobs of one run of the node share. */
export class JobRun {
	private readonly outcomes = new Map<Kept, Promise<Outcome>>();
	/** The latest job for each address. A site holds one file, so its jobs run one after the other. */
	private readonly latest = new Map<string, Promise<unknown>>();
	private readonly looks = new Map<string, { look: Promise<Look>; until: number }>();

	/**
	 * @param account what the source belongs to: jobs of another one share neither a look nor an address
	 * @param kept the same object for items that wish the same: they share one job
	 */
	async generate(
		source: JobSource,
		account: string,
		wish: Wish,
		kept: Kept,
		manner: Manner,
	): Promise<Outcome> {
		const shared = this.outcomes.get(kept);
		if (shared) return await shared;
		const key = `${account} ${siteKey(wish.url)}`;
		const earlier = this.latest.get(key);
		const look = async () =>
			await (earlier ? lookAtAccount(source) : this.sharedLook(account, source, manner.clock));
		const outcome = after(earlier, async () => await generate(source, wish, kept, manner, look));
		this.outcomes.set(kept, outcome);
		this.latest.set(key, outcome);
		return await outcome;
	}

	private async sharedLook(account: string, source: JobSource, clock: Clock): Promise<Look> {
		const last = this.looks.get(account);
		if (last && last.until > clock.now()) return await last.look;
		const look = lookAtAccount(source);
		this.looks.set(account, { look, until: clock.now() + LOOK_LASTS_MS });
		look.catch(() => this.looks.delete(account));
		return await look;
	}
}

async function after<T>(earlier: Promise<unknown> | undefined, task: () => Promise<T>): Promise<T> {
	await earlier?.catch(() => undefined);
	return await task();
}
