import type { Clock } from '../clock';
import type { Ledger } from '../ledger';
import { normalizedAddress, withoutScheme } from './address';
import { type Course, Job } from './job';
import { DEFAULT_OPTIONS, type GenerationOptions, priceOf } from './options';
import type { GenerationSettings } from './settings';
import type { Sites } from './sites';
import { websiteAt } from './website';

/** What the jobs work on. Its fields may change. */
export interface Account {
	readonly clock: Clock;
	readonly generation: GenerationSettings;
	readonly ledger: Ledger;
	readonly sites: Sites;
}

/** A generation as tests ask for it: options that are left out have their defaults. */
export interface Generation {
	url: string;
	options?: Partial<GenerationOptions>;
}

export interface JobFilter {
	/** The site's address, normalized or not. */
	url?: string;
	startedBy?: Job['startedBy'];
}

const FIRST_NUMBER = 9001;

/** The jobs of the account. Each is charged once, or not at all. */
export class Jobs {
	private jobs: Job[] = [];

	constructor(private readonly account: Account) {}

	/** In the order they were started. */
	list({ url, startedBy }: JobFilter = {}): Job[] {
		const address = url === undefined ? undefined : addressOf(url);
		return this.jobs.filter(
			(job) => (address ?? job.site.url) === job.site.url && (startedBy ?? job.startedBy) === job.startedBy,
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
	find(id: string): Job | undefined {
		return this.jobs.find((job) => job.id === id || String(job.number) === id);
	}

	/** Number of URLs that a generation reads, and its price. */
	quote({ url, options }: Generation): { urls: number; credits: number } {
		const { maxUrls, ...others } = { ...DEFAULT_OPTIONS, ...options };
		const urls = Math.min(maxUrls, websiteAt(addressOf(url)).pages.length);
		return { urls, credits: priceOf({ maxUrls, ...others }, urls) };
	}

	/** Starts a job without looking at plan or balance. By default, somebody else starts it. */
	start(wanted: Generation, course: Course = {}, startedBy: Job['startedBy'] = 'control'): Job {
		const { clock, generation, sites } = this.account;
		const options = { ...DEFAULT_OPTIONS, ...wanted.options };
		const job = new Job(
			{
				number: FIRST_NUMBER + this.jobs.length,
				site: sites.createOrUpdate(addressOf(wanted.url), options, clock.now()),
				options,
				...this.quote(wanted),
				course: { durationMs: generation.durationMs, ...course },
				startedBy,
			},
			clock,
		);
		job.site.job = job;
		this.jobs.push(job);
		if (generation.chargedAt === 'start') this.charge(job);
		this.waitFor(job);
		return job;
	}

	/** Moves a running job to this progress, in percent; 100 completes it. */
	advance(job: Job, progress: number): void {
		if (progress >= 100) return this.finish(job);
		job.moveTo(progress);
		this.waitFor(job);
	}

	/** Completes a running job, or lets it fail with the words of its course. */
	finish(job: Job): void {
		if (job.course.fails !== undefined) return this.fail(job, job.course.fails);
		if (!this.isRunning(job)) return;
		job.end('completed', null);
		const { generation } = this.account;
		const previous = job.site.files?.revision ?? 0;
		const changes = previous === 0 || (job.course.changesFiles ?? generation.changesFiles);
		job.site.files = { url: job.site.url, options: job.options, revision: previous + Number(changes) };
		job.site.updatedAt = this.account.clock.now();
		if (job.charged === 0) this.charge(job);
	}

	/** Lets a running job fail with these words. */
	fail(job: Job, words: string): void {
		if (!this.isRunning(job)) return;
		job.end('failed', words);
		job.site.updatedAt = this.account.clock.now();
		if (!this.account.generation.refundsFailed || job.charged === 0) return;
		job.refunded = job.charged;
		this.book(job, 'refund', job.charged, `Refund: ${descriptionOf(job)}`);
	}

	/** Forgets all jobs. What waits for one of them goes on. */
	clear(): void {
		const forgotten = this.jobs;
		this.jobs = [];
		for (const job of forgotten) job.release();
	}

	private charge(job: Job): void {
		job.charged = job.credits;
		this.book(job, 'usage', -job.credits, descriptionOf(job));
	}

	private book({ site }: Job, type: 'usage' | 'refund', amount: number, description: string): void {
		const createdAt = new Date(this.account.clock.now()).toISOString();
		this.account.ledger.book({ type, amount, description, siteId: site.id, createdAt });
	}

	/** Ends the job when its time has come; if it was moved meanwhile, waits again. */
	private waitFor(job: Job): void {
		const { remainingMs } = job;
		if (remainingMs === 0) return this.finish(job);
		if (remainingMs === undefined) return;
		this.account.clock.after(Math.ceil(remainingMs), () => {
			if (this.isRunning(job)) this.waitFor(job);
		});
	}

	/** False for a job that was forgotten, too. */
	private isRunning(job: Job): boolean {
		return job.outcome === undefined && this.jobs.includes(job);
	}
}

function addressOf(url: string): string {
	return normalizedAddress(url) ?? url;
}

function descriptionOf({ site, options }: Job): string {
	return `llms.txt generation for ${withoutScheme(site.url)} (${options.generationMethod})`;
}

function sum(numbers: number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
