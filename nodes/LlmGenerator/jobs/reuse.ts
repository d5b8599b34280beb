import { isSame } from '../sites/address';
import type { AccountState } from './find';
import { hasEnded, type Site } from '../sites/site';
import { isMadeWith, jobOf, type GenerationRequest } from './job';
import { endedWith, type Outcome, type Task } from './record';
import type { GenerationSource } from './source';
import { pollUntil, unlessTrouble, type Polled } from './wait';

/**
 * A file that is there already, or on its way, made with the options of the request. Nothing is paid for it.
 *
 * @returns undefined where there is none: one has to be started
 * @throws what the source throws: not to know is no reason to pay
 */
export async function reuse(
	source: GenerationSource,
	request: GenerationRequest,
	{ entry, jobOptions }: Pick<Task, 'entry' | 'jobOptions'>,
	{ sites }: AccountState,
): Promise<Outcome | undefined> {
	const { reuseAfter, waits, clock, maxWaitMs } = jobOptions;
	const listed = sites.find(({ url }) => isSame(url, request.url));
	if (reuseAfter === undefined || !listed) return undefined;
	let site: Site = await source.site(listed.id);
	const isOnItsWay = !hasEnded(site) && isMadeWith(site, request) === true;
	if (isOnItsWay) {
		if (waits) {
			jobOptions.onWait?.(jobOf(site));
			const ask = async (signal: AbortSignal): Promise<Polled<Site>> => {
				site = (await unlessTrouble(source.site(listed.id, signal))) ?? site;
				return hasEnded(site) ? { result: site } : {};
			};
			await pollUntil(ask, jobOptions, clock.now() + maxWaitMs);
		}
		if (!hasEnded(site)) return { is: 'running', job: jobOf(site, { creditsUsed: 0 }) };
	}
	// What was seen while it was made needs no clock, which may be another one on the server.
	const isFresh = isOnItsWay || Date.parse(site.updatedAt ?? '') >= reuseAfter;
	if (site.status !== 'completed' || !isFresh || isMadeWith(site, request) !== true) return undefined;
	return endedWith(entry, jobOf(site, { creditsUsed: 0 }));
}
