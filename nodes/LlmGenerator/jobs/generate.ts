import { baselineOf, findJob, type AccountState, type Baseline } from './find';
import type { GenerationRequest } from './job';
import { resume, start } from './once';
import type { JobEntry, JobOptions, Outcome, Task } from './record';
import { reuse } from './reuse';
import type { GenerationSource } from './source';

/**
 * The file of one request, paid for once: started, or found again where an earlier try left it, and waited for.
 *
 * @param look how the account stands before the job is started
 * @throws RequestError where nothing was started, or asking is of no use; what stopped the execution
 */
export async function generate(
	source: GenerationSource,
	request: GenerationRequest,
	entry: JobEntry,
	jobOptions: JobOptions,
	look: () => Promise<AccountState>,
): Promise<Outcome> {
	const task = (baseline?: Baseline): Task => ({
		start: async () => await source.start(request),
		status: async (jobId, signal) => await source.status(jobId, signal),
		find: baseline && (async (signal) => await findJob(source, request, baseline, signal)),
		baseline,
		entry,
		jobOptions,
	});
	const { record } = entry;
	if (record) return await resume(task('baseline' in record ? record.baseline : undefined), record);
	const account = await look();
	const reused = await reuse(source, request, { entry, jobOptions }, account);
	return reused ?? (await start(task(baselineOf(account, request))));
}
