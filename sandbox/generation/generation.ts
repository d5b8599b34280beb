import type { Clock } from '../clock';
import { Job, type NewJob } from '../jobs/job';
import type { GenerationOptions } from './options';
import type { Site } from './sites';

interface GenerationDetails {
	site: Site;
	options: GenerationOptions;
	text?: string;
}

/** One generation of the files of a site. */
export class Generation extends Job {
	readonly site: Site;
	readonly options: GenerationOptions;
	/** The text of llms.txt, if a test has set it. */
	readonly text?: string;

	constructor({ site, options, text, ...job }: NewJob & GenerationDetails, clock: Clock) {
		super(job, clock);
		this.site = site;
		this.options = options;
		this.text = text;
	}

	get url(): string {
		return this.site.url;
	}
}
