import type { DiscoveryRequest } from './job';
import { resume, start } from './once';
import type { JobEntry, JobOptions, Outcome, Task } from './record';
import type { JobSource } from './source';

/**
 * The discovery of one request, paid for once: started, or followed where an earlier try left it, and waited for. The API
 * has no list of discoveries, and an account shows nothing of them: one of unknown fate cannot be found, and stays unknown.
 *
 * @throws RequestError where nothing was started, or asking is of no use; what stopped the execution
 */
export async function discover(
	source: JobSource<DiscoveryRequest>,
	request: DiscoveryRequest,
	entry: JobEntry,
	jobOptions: JobOptions,
): Promise<Outcome> {
	const task: Task = {
		start: async () => await source.start(request),
		status: async (jobId, signal) => await source.status(jobId, signal),
		entry,
		jobOptions,
	};
	return await (entry.record ? resume(task, entry.record) : start(task));
}
