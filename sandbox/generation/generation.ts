import type { Clock } from '../clock';
import { Job, type NewJob } from '../jobs/job';
import type { GenerationOptions } from './options';
import type { Site } from './sites';

/** One generation of the files of a site. */
export class Generation extends Job {
	readonly site: Site;
	readonly options: GenerationOptions;

	constructor({ site, options, ...job }: NewJob & { site: Site; options: GenerationOptions }, clock: Clock) {
		super(job, clock);
		this.site = site;
		this.options = options;
	}

	get url(): string {
		return this.site.url;
	}
}
