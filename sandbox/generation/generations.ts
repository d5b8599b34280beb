import type { Course } from '../jobs/job';
import { Jobs } from '../jobs/jobs';
import { addressOf, withoutScheme } from './address';
import { Generation } from './generation';
import { DEFAULT_OPTIONS, type GenerationOptions, priceOf } from './options';
import type { GenerationSettings } from './settings';

/** A generation as tests ask for it: options that are left out have their defaults. */
export interface WantedGeneration {
	url: string;
	options?: Partial<GenerationOptions>;
}

/** The generations of the account. */
export class Generations extends Jobs<Generation> {
	protected readonly firstNumber = 9001;

	protected get settings(): GenerationSettings {
		return this.account.generation;
	}

	/** Number of URLs that a generation reads, and its price. */
	quote({ url, options }: WantedGeneration): { urls: number; credits: number } {
		const { maxUrls, ...others } = { ...DEFAULT_OPTIONS, ...options };
		const urls = Math.min(maxUrls, this.account.websites.pages(addressOf(url)).length);
		return { urls, credits: priceOf({ maxUrls, ...others }, urls) };
	}

	/** Starts a job without looking at plan or balance. By default, somebody else starts it. */
	start(
		wanted: WantedGeneration,
		course: Course = {},
		startedBy: Generation['startedBy'] = 'control',
	): Generation {
		const { clock, sites, websites } = this.account;
		const options = { ...DEFAULT_OPTIONS, ...wanted.options };
		const site = sites.createOrUpdate(addressOf(wanted.url), options, clock.now());
		const text = websites.text(site.url);
		const job = new Generation(
			{ site, options, text, ...this.quote(wanted), ...this.next(course, startedBy) },
			clock,
		);
		site.job = job;
		return this.begin(job);
	}

	protected entryOf({ site, options }: Generation) {
		const description = `llms.txt generation for ${withoutScheme(site.url)} (${options.generationMethod})`;
		return { description, siteId: site.id };
	}

	protected override ended({ site, options, text, outcome, course }: Generation): void {
		site.updatedAt = this.account.clock.now();
		if (outcome === 'failed') return;
		const previous = site.files?.revision ?? 0;
		const changes = previous === 0 || (course.changesFiles ?? this.settings.changesFiles);
		site.files = { url: site.url, options, revision: previous + Number(changes), text };
	}
}
