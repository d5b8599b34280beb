/** How the jobs of one kind go. Everything can be changed while the sandbox runs. */
export interface JobSettings {
	/**
	 * `queued`: the POST responds immediately, and the job goes on.
	 * `synchronous`: it responds when the job has ended.
	 */
	manner: 'queued' | 'synchronous';
	/** How long a job takes. */
	durationMs: number;
	/** When the credits are taken. */
	chargedAt: 'start' | 'end';
	/** Whether a failed job that was charged gets its credits back. */
	refundsFailed: boolean;
}
