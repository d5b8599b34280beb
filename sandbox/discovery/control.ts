import type { FastifyInstance } from 'fastify';
import { addJobControl } from '../jobs/control';
import type { SandboxState } from '../state';
import { readDiscoveryRequest } from './discovery';

/** Discoveries (/discoveries, see addJobControl) in the control API. */
export function addDiscoveryControl(app: FastifyInstance, { discoveries }: SandboxState): void {
	addJobControl(app, {
		path: '/discoveries',
		jobs: discoveries,
		details: (job) => ({ options: job.options, urlsFound: discoveries.found(job).length }),
		start: (body, course) => discoveries.start(readDiscoveryRequest(body), course),
	});
}
