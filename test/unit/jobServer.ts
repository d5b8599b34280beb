import type { PlayedClock } from './playedClock';

/** How a start ends for the one who sent it; what the server does of it is another matter. */
export type PostFault =
	| 'none'
	/** The connection is cut, and the server never saw it. */
	| 'lost before'
	/** The connection is cut after the server began. */
	| 'lost after'
	/** A proxy gives up; the server gets it half a minute later. */
	| 'late'
	| 'payment required'
	| 'not sent';
export type GetFault = 'none' | 'unavailable' | 'rate limit' | 'hangs';

/** How a server that runs jobs answers. Times in milliseconds. */
export interface AnsweringBehaviour {
	/** A start is answered when its job has ended. */
	synchronous: boolean;
	/** It does not know a job's ID any more. */
	forgetsJobs: boolean;
	jobs: Array<{ ms: number; fails: boolean }>;
	posts: PostFault[];
	gets: GetFault[];
	delays: number[];
}

/** What came of a start, whoever sent it. */
export interface StartedJob {
	jobId: string;
	by: string;
	begunAt: number;
	status: 'processing' | 'completed' | 'failed';
	endedAt?: number;
}

/** A server that runs jobs, in played time. */
export class JobServer<B extends AnsweringBehaviour> {
	private posts = 0;
	private gets = 0;
	private delays = 0;

	constructor(
		readonly clock: PlayedClock,
		protected readonly behaviour: B,
	) {}

	/** How long the job with this number runs, and how it ends. */
	protected fateOf(number: number): { ms: number; fails: boolean } {
		return this.behaviour.jobs[number % this.behaviour.jobs.length];
	}

	/** `step` is called before and after the request: it never comes back where the node died. */
	protected async get<T>(step: () => Promise<void>, answer: () => T, signal?: AbortSignal): Promise<T> {
		await step();
		const fault = this.behaviour.gets[this.gets++ % this.behaviour.gets.length];
		await this.clock.sleep(fault === 'hangs' ? 60_000 : this.delay(), signal);
		if (fault === 'unavailable' || fault === 'hangs') throw trouble('unknown', '503');
		if (fault === 'rate limit') throw trouble('not sent', '429');
		const answered = JSON.parse(JSON.stringify(answer())) as T;
		await this.clock.sleep(this.delay(), signal);
		await step();
		return answered;
	}

	/** A start. `begin`: what the server does when it gets it. */
	protected async post<J extends StartedJob>(
		step: () => Promise<void>,
		begin: () => J,
		deadlineMs: number,
	): Promise<J> {
		await step();
		const job = await this.posted(begin, deadlineMs);
		await step();
		return job;
	}

	private async posted<J extends StartedJob>(begin: () => J, deadlineMs: number): Promise<J> {
		const { posts, synchronous } = this.behaviour;
		const fault = posts[this.posts++ % posts.length];
		await this.clock.sleep(this.delay());
		if (fault === 'payment required') throw trouble('refused', '402');
		if (fault === 'not sent') throw trouble('not sent');
		if (fault === 'lost before') throw trouble('unknown');
		if (fault === 'late') {
			this.clock.after(30_000, begin);
			throw trouble('unknown', '502');
		}
		const job = begin();
		await this.clock.sleep(this.delay());
		if (fault === 'lost after') throw trouble('unknown');
		const endsAt = this.clock.now() + deadlineMs;
		while (synchronous && job.status === 'processing') {
			if (this.clock.now() >= endsAt) throw trouble('unknown');
			await this.clock.sleep(500);
		}
		return job;
	}

	private delay(): number {
		return this.behaviour.delays[this.delays++ % this.behaviour.delays.length];
	}
}

/** What transport/ throws, as far as jobs/ looks at it. */
export function trouble(fate: 'not sent' | 'refused' | 'unknown', httpCode?: string): Error {
	return Object.assign(new Error(`${fate} ${httpCode ?? ''}`), { fate, httpCode });
}
