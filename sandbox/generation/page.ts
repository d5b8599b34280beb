import { html, Html } from '../html';
import { jobTable } from '../jobs/page';
import { layout } from '../layout';
import { filePath } from '../paths';
import type { SandboxState } from '../state';
import { withoutScheme } from './address';
import { type Site, statusOf } from './sites';

const SITES_SHOWN = 5;

/** How often the pages are loaded again, in seconds; bars move in between, too. */
const REFRESH = { whileRunning: 2, otherwise: 5 };

/** The newest generations. */
export function generationsSection({ jobs }: SandboxState): Html {
	return html`<section class="stack">
		<h2>Generations</h2>
		${jobs.list().length === 0
			? html`<p class="quiet">Nothing was generated since the sandbox started.</p>`
			: jobTable(jobs, ({ site, options }) => ({
					options: [options.generationMethod, options.showFullText ? 'full text' : ''],
					results: fileLinks(site),
				}))}
	</section>`;
}

/** The sites that changed last. */
export function sitesSection({ sites }: SandboxState): Html {
	const all = sites.all('updatedFirst');
	return html`<section class="stack">
		<h2>Sites</h2>
		${siteTable(all.slice(0, SITES_SHOWN))}
		${all.length > SITES_SHOWN
			? html`<nav class="small"><a href="/sites">All ${all.length} sites</a></nav>`
			: ''}
	</section>`;
}

/** The page with all sites. */
export function sitesPage(state: SandboxState): string {
	return layout(
		'Sites',
		html`<section class="stack">
			<h1>Sites</h1>
			${siteTable(state.sites.all('updatedFirst'))}
			<nav class="small"><a href="/">Go to the account</a></nav>
		</section>`,
		refreshSeconds(state),
	);
}

/** After how many seconds a page about jobs has to be loaded again. */
export function refreshSeconds({ jobs, discoveries }: SandboxState): number {
	const isRunning = [...jobs.list(), ...discoveries.list()].some(({ outcome }) => outcome === undefined);
	return isRunning ? REFRESH.whileRunning : REFRESH.otherwise;
}

function siteTable(sites: Site[]): Html {
	if (sites.length === 0) return html`<p class="quiet">There are no sites yet.</p>`;
	return html`<table>
		<thead>
			<tr>
				<th class="wide">Website</th>
				<th>Status</th>
				<th class="roomy">Updated (UTC)</th>
				<th>Files</th>
			</tr>
		</thead>
		<tbody>
			${sites.map(siteRow)}
		</tbody>
	</table>`;
}

function siteRow(site: Site): Html {
	const status = statusOf(site);
	const tone = status === 'completed' ? 'in' : status === 'failed' ? 'bad' : '';
	return html`<tr>
		<td>${withoutScheme(site.url)}</td>
		<td class="nowrap"><span class="${tone}">${status}</span></td>
		<td class="roomy quiet nowrap">${MOMENT.format(site.updatedAt)}</td>
		<td>${fileLinks(site)}</td>
	</tr>`;
}

function fileLinks({ id, files }: Site): Html {
	if (!files) return html`<span class="quiet">none yet</span>`;
	const path = filePath(id);
	return html`<div class="files">
		<a class="nowrap" href="${path}">llms.txt</a>
		${files.options.showFullText ? html`<a class="nowrap" href="${path}?full=true">llms-full.txt</a>` : ''}
	</div>`;
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
