import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';

/** How a job goes. Without any of these fields, it completes after `durationMs` of the settings. */
export interface Course {
	durationMs?: number;
	/** Fails at its end, with these words. */
	fails?: string;
	/** Never ends by itself. */
	endless?: boolean;
	/** What stands for `processing`, one after the other, e.g. `['crawling', 'summarizing']`. */
	states?: string[];
	/** GET /generate/{jobId} or GET /discovery/{id} does not find the job. */
	lost?: boolean;
	/** Generation: whether the files change; default: the setting `changesFiles`. */
	changesFiles?: boolean;
}

export type Outcome = 'completed' | 'failed';

export interface NewJob {
	number: number;
	urls: number;
	credits: number;
	course: Course & { durationMs: number };
	startedBy: 'api' | 'control';
}

/** A job waits for this share of its time. */
const PENDING_SHARE = 0.1;
/** Where the progress of a job stops that never ends, and of one that fails. */
const ENDLESS_REACH = 0.9;
const FAILED_REACH = 0.6;
/** Only a completed job is at 100 %. */
const MOST = 0.99;

/** A job that reads the URLs of a website. Its progress follows the clock until it has ended. */
export abstract class Job {
	readonly id: string = randomUUID();
	/** Its ID for a client that gets numeric IDs. */
	readonly number: number;
	/** Number of URLs that it reads. */
	readonly urls: number;
	/** Its price. */
	readonly credits: number;
	readonly course: NewJob['course'];
	/** `control` stands for somebody else who uses the same account. */
	readonly startedBy: 'api' | 'control';
	/** Milliseconds since 1970. */
	readonly createdAt: number;
	/** Credits that were taken for it: 0 or `credits`. */
	charged = 0;
	refunded = 0;
	outcome?: Outcome;
	completedAt: number | null = null;
	/** Why it failed. */
	error: string | null = null;
	isLost: boolean;
	/** Resolves when it has ended, or when the account is reset. */
	readonly ended: Promise<void>;
	private begunAt: number;
	private resolveEnded!: () => void;

	constructor(
		{ number, urls, credits, course, startedBy }: NewJob,
		private readonly clock: Clock,
	) {
		this.number = number;
		this.urls = urls;
		this.credits = credits;
		this.course = course;
		this.startedBy = startedBy;
		this.createdAt = this.begunAt = clock.now();
		this.isLost = course.lost ?? false;
		this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
	}

	/** Normalized address of the website. */
	abstract get url(): string;

	/** `pending`, then `processing` or a state of the course, then `completed` or `failed`. */
	get status(): string {
		if (this.outcome) return this.outcome;
		if (this.share < PENDING_SHARE) return 'pending';
		const { states = ['processing'] } = this.course;
		return states[Math.floor(this.processed * states.length)] ?? 'processing';
	}

	/** Percent, 0 to 100. */
	get progress(): number {
		return this.outcome === 'completed' ? 100 : Math.floor(this.processed * 100);
	}

	/** The progress that it has just before it ends by itself. */
	get lastProgress(): number {
		return Math.floor(processedAt(this.reach) * 100);
	}

	/** Time until it is no longer pending. */
	get pendingMs(): number {
		const pendingUntil = this.begunAt + (this.course.durationMs * PENDING_SHARE) / this.reach;
		return Math.max(0, pendingUntil - this.clock.now());
	}

	/** Number of URLs that were read. */
	get scraped(): number {
		return this.outcome === 'completed' ? this.urls : Math.floor(this.processed * this.urls);
	}

	/** Time until it ends by itself; undefined if it never does. */
	get remainingMs(): number | undefined {
		if (this.outcome || this.course.endless) return undefined;
		return Math.max(0, this.begunAt + this.course.durationMs - this.clock.now());
	}

	/** Moves it to this progress; its time goes on from there. */
	moveTo(progress: number): void {
		const processed = Math.min(MOST, (progress + 0.5) / 100);
		const share = (PENDING_SHARE + (1 - PENDING_SHARE) * processed) / this.reach;
		this.begunAt = this.clock.now() - this.course.durationMs * share;
	}

	end(outcome: Outcome, error: string | null): void {
		this.error = error;
		this.completedAt = this.clock.now();
		this.outcome = outcome;
		this.release();
	}

	/** Lets go who waits for its end. */
	release(): void {
		this.resolveEnded();
	}

	private get reach(): number {
		if (this.course.endless) return ENDLESS_REACH;
		return this.course.fails === undefined ? 1 : FAILED_REACH;
	}

	private get share(): number {
		const elapsed = (this.completedAt ?? this.clock.now()) - this.begunAt;
		const endsAt = this.course.endless ? this.reach : MOST;
		return Math.min(endsAt, (elapsed / Math.max(1, this.course.durationMs)) * this.reach);
	}

	private get processed(): number {
		return processedAt(this.share);
	}
}

/** The share of its URLs that a job has read when this share of its time is over. */
function processedAt(share: number): number {
	return Math.max(0, (share - PENDING_SHARE) / (1 - PENDING_SHARE));
}
