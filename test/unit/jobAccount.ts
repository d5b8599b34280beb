import type { GenerationOptions, Site } from '../../nodes/LlmGenerator/sites/site';
import type { Job, GenerationRequest } from '../../nodes/LlmGenerator/jobs/job';
import type { GenerationSource } from '../../nodes/LlmGenerator/jobs/source';
import { Ledger } from '../../sandbox/ledger';
import { JobServer, trouble, type AnsweringBehaviour, type StartedJob } from './jobServer';

/** How the server goes about what is not documented. Times in milliseconds. */
export interface ServerBehaviour extends AnsweringBehaviour {
	/** What it makes of an address. */
	normalizes: 'slash' | 'www' | 'origin';
	/** When a generation shows at its site, in the ledger, and in the site's last options (not before its state does). */
	shows: 'start' | 'end';
	books: 'start' | 'end';
	tellsOptions: 'start' | 'end';
	order: 'newestFirst' | 'oldestFirst';
	/** By how much its clock is ahead. */
	skewMs: number;
}

export interface Generation extends StartedJob {
	siteId: string;
	options: GenerationOptions;
}

const EPOCH = Date.UTC(2026, 0, 1);

/** An account with its sites, jobs and ledger, in played time. */
export class JobAccount extends JobServer<ServerBehaviour> {
	readonly generations: Generation[] = [];
	private readonly list: Site[] = [];
	private readonly ledger = new Ledger();
	/** Of this machine, Unix epoch, milliseconds. */
	readonly now = () => EPOCH + this.clock.now();

	private readonly stamp = (at = this.clock.now()) =>
		new Date(EPOCH + at + this.behaviour.skewMs).toISOString();

	/** A site from before the run. */
	add(url: string, options: GenerationOptions, ageMs: number, isRunning: boolean): void {
		const site = this.siteFor(url, -ageMs);
		Object.assign(site, {
			lastGenerationOptions: inFull(options),
			status: 'completed',
			fileUrl: fileOf(site),
		});
		const generation = { siteId: String(site.id), by: 'past', options, begunAt: -ageMs, endedAt: -ageMs };
		this.generations.push({ ...generation, jobId: `past${this.generations.length}`, status: 'completed' });
		this.book(site, options);
		if (isRunning) this.begin({ url, options }, 'somebody else');
	}

	/** Begins a generation, which is paid for. */
	begin({ url, options }: GenerationRequest, by: string): Generation {
		const { shows, books, tellsOptions } = this.behaviour;
		const { ms, fails } = this.fateOf(this.generations.length);
		const site = this.siteFor(url, this.clock.now(), shows === 'start');
		const jobId = `job${this.generations.length}`;
		const generation: Generation = {
			jobId,
			siteId: String(site.id),
			by,
			options,
			begunAt: this.clock.now(),
			status: 'processing',
		};
		this.generations.push(generation);
		const touch = (status: string) => Object.assign(site, { status, updatedAt: this.stamp() });
		if (shows === 'start') touch('processing');
		if (tellsOptions === 'start' && shows === 'start') site.lastGenerationOptions = inFull(options);
		if (books === 'start') this.book(site, options);
		this.clock.after(ms, () => {
			generation.status = fails ? 'failed' : 'completed';
			generation.endedAt = this.clock.now();
			if (!this.list.includes(site)) this.list.push(site);
			touch(generation.status);
			if (!fails) Object.assign(site, { fileUrl: fileOf(site), lastGenerationOptions: inFull(options) });
			if (books === 'end') this.book(site, options);
		});
		return generation;
	}

	/** What moves a site without a generation. */
	discover(url: string): void {
		const site = this.siteFor(url, this.clock.now());
		// Where a generation is booked long before it shows, a site that something else moves could deceive anybody.
		const { shows, books } = this.behaviour;
		if (site.status === 'processing' || (shows === 'end' && books === 'start')) return;
		Object.assign(site, { updatedAt: this.stamp(), status: site.fileUrl ? site.status : 'pending' });
		this.ledger.book({
			type: 'usage',
			description: `URL discovery for ${site.url}`,
			siteId: String(site.id),
		});
	}

	/**
	 * The account as one try of the node sees it.
	 *
	 * @param step called before and after each request: never comes back where the node died
	 */
	source(
		by: (request: GenerationRequest) => string,
		deadlineMs: number,
		step: () => Promise<void>,
	): GenerationSource {
		const get = async <T>(answer: () => T, signal?: AbortSignal) => await this.get(step, answer, signal);
		return {
			start: async (request) => {
				const begin = () => this.begin(request, by(request));
				const { jobId, siteId, status } = await this.post(step, begin, deadlineMs);
				return { jobId, siteId, status: status === 'processing' ? 'queued' : status };
			},
			status: async (jobId, signal) => await get(() => this.jobStatus(String(jobId)), signal),
			sites: async (signal) =>
				await get(
					() => ({
						sites: this.list.map((site) => ({ ...site, lastGenerationOptions: undefined })),
						isWhole: true,
					}),
					signal,
				),
			site: async (siteId, signal) => await get(() => this.list.find(({ id }) => id === siteId)!, signal),
			usage: {
				page: async (slice, signal) =>
					await get(() => this.ledger.page({ ...slice, type: 'usage', order: this.behaviour.order }), signal),
				unreadable: (happened) => new Error(happened),
			},
		};
	}

	private jobStatus(jobId: string): Job {
		const generation = this.generations.find((one) => one.jobId === jobId);
		if (!generation || this.behaviour.forgetsJobs) throw trouble('refused', '404');
		const { siteId, status } = generation;
		return { jobId, siteId, status: status === 'processing' ? 'pending' : status };
	}

	private siteFor(address: string, at: number, isShown = true): Site {
		const url = this.normalized(address);
		const known = this.list.find((site) => site.url === url);
		const site = known ?? { id: `site of ${url}`, url, status: 'pending', createdAt: this.stamp(at) };
		site.updatedAt ??= this.stamp(at);
		if (!known && isShown) this.list.push(site);
		return site;
	}

	private normalized(address: string): string {
		const { protocol, host, pathname } = new URL(address);
		const path = pathname.replace(/\/$/, '');
		const { normalizes } = this.behaviour;
		if (normalizes === 'slash') return `${protocol}//${host}${path}`;
		return `https://${host.replace(/^www\./, '')}${normalizes === 'origin' ? '' : path}`;
	}

	private book({ id, url }: Site, { generationMethod }: GenerationOptions): void {
		const description = `llms.txt generation for ${new URL(url).host} (${generationMethod})`;
		const createdAt = this.stamp();
		this.ledger.book({ type: 'usage', amount: -10, description, siteId: String(id), createdAt });
	}
}

const fileOf = ({ id }: Site) => `https://files.example/${id}`;

/** As the API shows them. */
const inFull = (options: GenerationOptions) => ({ maxUrls: 50, showFullText: false, ...options });
