import type { Clock } from '../clock';
import { normalizedAddress } from '../generation/address';
import type { Sites } from '../generation/sites';
import type { GenerationSettings } from '../generation/settings';
import type { Websites } from '../generation/websites';
import type { DiscoverySettings } from '../discovery/settings';
import type { Ledger } from '../ledger';
import type { Course, Job, NewJob } from './job';
import type { JobSettings } from './settings';

/** What the jobs work on. Its fields may change. */
export interface Account {
	readonly clock: Clock;
	readonly generation: GenerationSettings;
	readonly discovery: DiscoverySettings;
	readonly ledger: Ledger;
	readonly sites: Sites;
	readonly websites: Websites;
}

export interface JobFilter {
	/** The website's address, normalized or not. */
	url?: string;
	startedBy?: Job['startedBy'];
}

/** How the ledger names a job. */
interface LedgerEntry {
	description: string;
	siteId: string | null;
}

/** The jobs of one kind. Each is charged once, or not at all. */
export abstract class Jobs<OneJob extends Job> {
	private jobs: OneJob[] = [];

	constructor(protected readonly account: Account) {}

	protected abstract readonly settings: JobSettings;
	/** The number of the first job. */
	protected abstract readonly firstNumber: number;
	protected abstract entryOf(job: OneJob): LedgerEntry;
	/** Updates the account when a job has completed or failed. */
	protected ended(_job: OneJob): void {}

	/** In the order they were started. */
	list({ url, startedBy }: JobFilter = {}): OneJob[] {
		const address = url === undefined ? undefined : addressOf(url);
		return this.jobs.filter(
			(job) => (address ?? job.url) === job.url && (startedBy ?? job.startedBy) === job.startedBy,
		);
	}

	/** Credits that were taken for jobs; what was given back is not subtracted. */
	charged(filter?: JobFilter): number {
		return sum(this.list(filter).map(({ charged }) => charged));
	}

	refunded(filter?: JobFilter): number {
		return sum(this.list(filter).map(({ refunded }) => refunded));
	}

	/** By its ID, as text or as a number. */
	find(id: string): OneJob | undefined {
		return this.jobs.find((job) => job.id === id || String(job.number) === id);
	}

	/** Moves a running job to this progress, in percent; 100 completes it. */
	advance(job: OneJob, progress: number): void {
		if (progress >= 100) return this.finish(job);
		job.moveTo(progress);
		this.waitFor(job);
	}

	/** Completes a running job, or lets it fail with the words of its course. */
	finish(job: OneJob): void {
		if (job.course.fails !== undefined) return this.fail(job, job.course.fails);
		if (!this.isRunning(job)) return;
		job.end('completed', null);
		this.ended(job);
		if (job.charged === 0) this.charge(job);
	}

	/** Lets a running job fail with these words. */
	fail(job: OneJob, words: string): void {
		if (!this.isRunning(job)) return;
		job.end('failed', words);
		this.ended(job);
		if (!this.settings.refundsFailed || job.charged === 0) return;
		job.refunded = job.charged;
		const { description, siteId } = this.entryOf(job);
		this.book('refund', job.charged, { description: `Refund: ${description}`, siteId });
	}

	/** Forgets all jobs. What waits for one of them goes on. */
	clear(): void {
		const forgotten = this.jobs;
		this.jobs = [];
		for (const job of forgotten) job.release();
	}

	/** What the next job needs, in addition to its price and its website. */
	protected next(course: Course, startedBy: Job['startedBy']): Omit<NewJob, 'urls' | 'credits'> {
		return {
			number: this.firstNumber + this.jobs.length,
			course: { durationMs: this.settings.durationMs, ...course },
			startedBy,
		};
	}

	protected begin(job: OneJob): OneJob {
		this.jobs.push(job);
		if (this.settings.chargedAt === 'start') this.charge(job);
		this.waitFor(job);
		return job;
	}

	private charge(job: OneJob): void {
		if (job.credits === 0) return;
		job.charged = job.credits;
		this.book('usage', -job.credits, this.entryOf(job));
	}

	private book(type: 'usage' | 'refund', amount: number, entry: LedgerEntry): void {
		const createdAt = new Date(this.account.clock.now()).toISOString();
		this.account.ledger.book({ type, amount, createdAt, ...entry });
	}

	/** Ends the job when its time has come; if it was moved meanwhile, waits again. */
	private waitFor(job: OneJob): void {
		const { remainingMs } = job;
		if (remainingMs === 0) return this.finish(job);
		if (remainingMs === undefined) return;
		this.account.clock.after(Math.ceil(remainingMs), () => {
			if (this.isRunning(job)) this.waitFor(job);
		});
	}

	/** False for a job that was forgotten, too. */
	private isRunning(job: OneJob): boolean {
		return job.outcome === undefined && this.jobs.includes(job);
	}
}

/** The address, normalized if it can be. */
export function addressOf(url: string): string {
	return normalizedAddress(url) ?? url;
}

function sum(numbers: number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
