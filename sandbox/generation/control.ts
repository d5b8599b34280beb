import type { FastifyInstance } from 'fastify';
import { addJobControl } from '../jobs/control';
import type { SandboxState } from '../state';
import { siteDetails } from './answers';
import { readGenerationRequest } from './options';

/** Generations (/jobs, see addJobControl) and GET /sites, all sites, the first one first, in the control API. */
export function addGenerationControl(app: FastifyInstance, state: SandboxState): void {
	const { jobs } = state;
	addJobControl(app, {
		path: '/jobs',
		jobs,
		details: ({ site, options }) => ({ siteId: site.id, options }),
		start: (body, course) => jobs.start(readGenerationRequest(body), course),
	});
	app.get('/sites', () => ({ sites: state.sites.all().map((site) => siteDetails(site, state)) }));
}
