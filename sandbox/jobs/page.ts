import { withoutScheme } from '../generation/address';
import { html, Html } from '../html';
import type { Job } from './job';
import type { Jobs } from './jobs';

const JOBS_SHOWN = 5;

/** What a page shows of a job, in addition to what all jobs have. */
export interface JobDetails {
	/** Next to the number of URLs; empty texts are left out. */
	options: string[];
	/** What a completed job has made. */
	results: Html;
}

/** The newest jobs of one kind, with bars that move. */
export function jobTable<OneJob extends Job>(
	jobs: Jobs<OneJob>,
	detailsOf: (job: OneJob) => JobDetails,
): Html {
	const newest = jobs.list().reverse().slice(0, JOBS_SHOWN);
	return html`<table>
		<thead>
			<tr>
				<th class="wide">Website</th>
				<th class="wide">Progress</th>
				<th class="amount">Credits</th>
			</tr>
		</thead>
		<tbody>
			${newest.map((job) => row(job, detailsOf(job)))}
		</tbody>
	</table>`;
}

function row(job: Job, { options, results }: JobDetails): Html {
	const { url, urls, charged, refunded, startedBy } = job;
	const [first, ...others] = options;
	const details = [
		first,
		urls === 1 ? '1 URL' : `${urls} URLs`,
		...others,
		startedBy === 'control' ? 'by somebody else' : '',
	];
	return html`<tr>
		<td>
			${withoutScheme(url)}
			<div class="quiet small">${details.filter(Boolean).join(', ')}</div>
		</td>
		<td>${progressOf(job, results)}</td>
		<td class="amount">
			${charged === 0 ? '0' : `−${charged}`}
			${refunded > 0 ? html`<div class="in small">+${refunded} refunded</div>` : ''}
		</td>
	</tr>`;
}

function progressOf(job: Job, results: Html): Html {
	const { outcome, error, status, progress, createdAt, completedAt } = job;
	if (outcome === 'completed') {
		const seconds = ((completedAt ?? createdAt) - createdAt) / 1000;
		return html`<span class="in">Completed</span>
			<span class="quiet small">in ${seconds.toFixed(1)} s</span> ${results}`;
	}
	if (outcome === 'failed')
		return html`<span class="bad">Failed</span>
			<div class="quiet small">${error ?? ''}</div>`;
	return html`<span class="small">${status}, ${progress}&nbsp;%</span> ${bar(job)}`;
}

/** Moves on by itself at the pace of the job, so that it does not jump when the page is loaded again. */
function bar({ progress, lastProgress, pendingMs, remainingMs }: Job): Html {
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
