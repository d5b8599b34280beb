import { html, Html } from '../html';
import { jobTable } from '../jobs/page';
import type { SandboxState } from '../state';

/** The newest discoveries; nothing if there were none. */
export function discoveriesSection({ discoveries }: SandboxState): Html | '' {
	if (discoveries.list().length === 0) return '';
	return html`<section class="stack">
		<h2>Discoveries</h2>
		${jobTable(discoveries, (job) => ({
			options: [job.options.discoveryType],
			results: html`<div class="quiet small">${discoveries.found(job).length} found</div>`,
		}))}
	</section>`;
}
