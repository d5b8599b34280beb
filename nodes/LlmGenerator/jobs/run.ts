import { siteKey } from '../sites/address';
import { discover } from './discover';
import { readAccount, type AccountState } from './find';
import { generate } from './generate';
import type { DiscoveryRequest, GenerationRequest } from './job';
import type { JobEntry, JobOptions, Outcome } from './record';
import type { GenerationSource, JobSource } from './source';

/** Jobs that begin within this time share one look at the account, in milliseconds. */
const LOOK_LASTS_MS = 60_000;

/** What the jobs of one run of the node share. */
export class JobRun {
	/** How long the one that took longest was waited for, in milliseconds. */
	longestWaitMs = 0;
	private readonly shared = new Map<JobEntry, { outcome: Promise<Outcome>; jobOptions: JobOptions }>();
	/** The latest job for each address. A site holds one file, so its jobs run one after the other. */
	private readonly latest = new Map<string, Promise<unknown>>();
	private readonly looks = new Map<string, { look: Promise<AccountState>; until: number }>();

	/**
	 * @param account what the source belongs to: jobs of another one share neither a look nor an address
	 * @param entry the same object for items that ask for the same: they share one job
	 */
	async generate(
		source: GenerationSource,
		account: string,
		request: GenerationRequest,
		entry: JobEntry,
		jobOptions: JobOptions,
	): Promise<Outcome> {
		return await this.sharedJob(entry, jobOptions, async () => {
			const key = `${account} ${siteKey(request.url)}`;
			const earlier = this.latest.get(key);
			const look = async () =>
				await (earlier ? readAccount(source, jobOptions) : this.sharedState(account, source, jobOptions));
			const outcome = after(earlier, async () => {
				const generating = generate(source, request, entry, jobOptions, look);
				return await this.measured(generating, jobOptions);
			});
			this.latest.set(key, outcome);
			return await outcome;
		});
	}

	/** Every discovery has an ID and URLs of its own: those of one address run side by side. `entry`: as above. */
	async discover(
		source: JobSource<DiscoveryRequest>,
		request: DiscoveryRequest,
		entry: JobEntry,
		jobOptions: JobOptions,
	): Promise<Outcome> {
		return await this.sharedJob(entry, jobOptions, async () => {
			const discovering = discover(source, request, entry, jobOptions);
			return await this.measured(discovering, jobOptions);
		});
	}

	private async sharedJob(
		entry: JobEntry,
		jobOptions: JobOptions,
		begin: () => Promise<Outcome>,
	): Promise<Outcome> {
		const shared = this.shared.get(entry);
		if (shared) {
			const outcome = await shared.outcome;
			if (outcome.is !== 'running' || !waitsLonger(jobOptions, shared.jobOptions)) return outcome;
		}
		const outcome = begin();
		this.shared.set(entry, { outcome, jobOptions });
		return await outcome;
	}

	private async measured(job: Promise<Outcome>, { clock }: JobOptions): Promise<Outcome> {
		const begunAt = clock.now();
		const outcome = await job;
		this.longestWaitMs = Math.max(this.longestWaitMs, clock.now() - begunAt);
		return outcome;
	}

	private async sharedState(
		account: string,
		source: GenerationSource,
		jobOptions: JobOptions,
	): Promise<AccountState> {
		const { clock } = jobOptions;
		const last = this.looks.get(account);
		if (last && last.until > clock.now()) return await last.look;
		const look = readAccount(source, jobOptions);
		this.looks.set(account, { look, until: clock.now() + LOOK_LASTS_MS });
		look.catch(() => this.looks.delete(account));
		return await look;
	}
}

/** Whether an item has time left when another one, with the same job, has stopped waiting. */
function waitsLonger(own: JobOptions, other: JobOptions): boolean {
	return own.waits && (!other.waits || own.maxWaitMs > other.maxWaitMs);
}

async function after<T>(earlier: Promise<unknown> | undefined, task: () => Promise<T>): Promise<T> {
	await earlier?.catch(() => undefined);
	return await task();
}
