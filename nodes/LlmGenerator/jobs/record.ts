import type { Id } from '../shapes';
import type { Clock } from '../transport/clock';
import type { RequestError } from '../transport/errors';
import type { Baseline } from './find';
import type { Job } from './job';

/**
 * How far a job came. Plain data, kept with the execution. No record: nothing was started. `baseline`: what shows it in the
 * account, for a kind of job that can be found there.
 */
export type JobRecord =
	/** Written before its POST. Where a retry finds it, the answer never arrived. */
	| { state: 'starting'; baseline?: Baseline }
	/** It was looked for in vain, or cannot be looked for. */
	| { state: 'unknown'; baseline?: Baseline }
	| { state: 'started'; baseline?: Baseline; job: Job }
	| { state: 'ended'; job: Job };

/** Where the record of one request is kept. */
export interface JobEntry {
	record?: JobRecord;
}

/** How a job stands when its item is done with it. */
export type Outcome =
	| { is: 'completed' | 'failed' | 'running'; job: Job }
	/** `cause`: how the start ended, if it was in this try. */
	| { is: 'unknown'; cause?: RequestError };

/** How to go about a job. */
export interface JobOptions {
	clock: Clock;
	/** Ends every wait; it is aborted when the execution is stopped. */
	signal: AbortSignal;
	/** Whether to wait for the end. */
	waits: boolean;
	/** How long to wait for it, in milliseconds. */
	maxWaitMs: number;
	/** A file that was completed after that is taken as it is; Unix epoch, milliseconds. Never where it is left out. */
	reuseAfter?: number;
	/** Called when a wait begins. */
	onWait?: (job?: Job) => void;
}

/** One job in one try, of any kind. */
export interface Task {
	/** May cost credits. */
	start(): Promise<Job>;
	status(jobId: Id, signal: AbortSignal): Promise<Job>;
	/** Looks once for the job without its ID. Missing for a kind of job of which the account shows nothing. */
	find?(signal: AbortSignal): Promise<Job | undefined>;
	/** What `find` compares the account with. */
	baseline?: Baseline;
	/** Says how far earlier tries came, and is written before each step that cannot be taken twice. */
	entry: JobEntry;
	jobOptions: JobOptions;
}

/** Keeps how a job ended: a retry gets the same. */
export function endedWith(entry: JobEntry, job: Job): Outcome {
	entry.record = { state: 'ended', job };
	return { is: job.status === 'completed' ? 'completed' : 'failed', job };
}
