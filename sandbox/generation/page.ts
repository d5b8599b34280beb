import { html, Html } from '../html';
import { layout } from '../layout';
import { filePath } from '../paths';
import type { SandboxState } from '../state';
import { withoutScheme } from './address';
import type { Generation } from './generation';
import { type Site, statusOf } from './sites';

const JOBS_SHOWN = 5;
const SITES_SHOWN = 5;

/** How often the pages are loaded again, in seconds; bars move in between, too. */
const REFRESH = { whileRunning: 2, otherwise: 5 };

/** The newest jobs, with bars that move. */
export function generationsSection({ jobs }: SandboxState): Html {
	const newest = jobs.list().reverse().slice(0, JOBS_SHOWN);
	return html`<section class="stack">
		<h2>Generations</h2>
		${newest.length === 0
			? html`<p class="quiet">Nothing was generated since the sandbox started.</p>`
			: html`<table>
					<thead>
						<tr>
							<th class="wide">Website</th>
							<th class="wide">Progress</th>
							<th class="amount">Credits</th>
						</tr>
					</thead>
					<tbody>
						${newest.map(jobRow)}
					</tbody>
				</table>`}
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
export function refreshSeconds({ jobs }: SandboxState): number {
	const isRunning = jobs.list().some(({ outcome }) => outcome === undefined);
	return isRunning ? REFRESH.whileRunning : REFRESH.otherwise;
}

function jobRow(job: Generation): Html {
	const { site, options, urls, charged, refunded, startedBy } = job;
	const details = [
		options.generationMethod,
		urls === 1 ? '1 URL' : `${urls} URLs`,
		options.showFullText ? 'full text' : '',
		startedBy === 'control' ? 'by somebody else' : '',
	];
	return html`<tr>
		<td>
			${withoutScheme(site.url)}
			<div class="quiet small">${details.filter(Boolean).join(', ')}</div>
		</td>
		<td>${progressOf(job)}</td>
		<td class="amount">
			${charged === 0 ? '0' : `−${charged}`}
			${refunded > 0 ? html`<div class="in small">+${refunded} refunded</div>` : ''}
		</td>
	</tr>`;
}

function progressOf(job: Generation): Html {
	const { outcome, error, status, progress, createdAt, completedAt } = job;
	if (outcome === 'completed') {
		const seconds = ((completedAt ?? createdAt) - createdAt) / 1000;
		return html`<span class="in">Completed</span>
			<span class="quiet small">in ${seconds.toFixed(1)} s</span> ${fileLinks(job.site)}`;
	}
	if (outcome === 'failed')
		return html`<span class="bad">Failed</span>
			<div class="quiet small">${error ?? ''}</div>`;
	return html`<span class="small">${status}, ${progress}&nbsp;%</span> ${bar(job)}`;
}

/** Moves on by itself at the pace of the job, so that it does not jump when the page is loaded again. */
function bar({ progress, lastProgress, pendingMs, remainingMs }: Generation): Html {
	const pace =
		remainingMs === undefined
			? 'animation: none'
			: `--to: ${lastProgress}%; animation: fill ${Math.ceil(remainingMs - pendingMs)}ms linear ${Math.ceil(pendingMs)}ms forwards`;
	return html`<div
		class="bar"
		role="progressbar"
		aria-valuenow="${progress}"
		aria-valuemin="0"
		aria-valuemax="100"
	>
		<i style="width: ${progress}%; ${pace}"></i>
	</div>`;
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
