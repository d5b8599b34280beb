import type { IDataObject, INode } from 'n8n-workflow';
import { withoutScheme } from '../sandbox/generation/address';
import type { JobSettings } from '../sandbox/jobs/settings';
import type { Sandbox } from '../sandbox/server';

/** The parameters of Discover URLs, for the website that the input item names. */
export function discovery(options: IDataObject = {}): INode['parameters'] {
	return { resource: 'site', operation: 'discover', url: '={{ $json.url }}', options } as INode['parameters'];
}

/** How the API serves discoveries. */
export interface DiscoveryServing {
	manner: JobSettings['manner'];
	/** Whether responses have the names of the older reference; then the status has them, too. */
	olderShape: boolean;
}

/** A new account, without any faults, that can pay for 500 discoveries; each of them takes a moment. */
export function resetForDiscoveries(sandbox: Sandbox): void {
	sandbox.reset({ rows: 0 });
	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	sandbox.discovery.durationMs = 300;
	serveDiscoveries(sandbox, { manner: 'queued', olderShape: false });
}

/** Until the next reset. */
export function serveDiscoveries(
	{ discovery, faults }: Sandbox,
	{ manner, olderShape }: DiscoveryServing,
): void {
	Object.assign(discovery, { manner, shape: olderShape ? 'older' : 'documented' });
	if (olderShape) faults.add({ method: 'GET', path: '/discovery/', rename: { id: 'discoveryId' } });
}

/** The addresses of the websites whose discovery n8n has bought, in the order they were started. Each was charged once. */
export function boughtDiscoveries({ discoveries, ledger }: Sandbox): string[] {
	const started = discoveries.list({ startedBy: 'api' });
	const charges = ledger
		.all('oldestFirst')
		.filter(({ type }) => type === 'usage')
		.map(({ description, amount }) => `${description}: ${amount}`);
	const expected = started.map(({ url, credits }) => `URL discovery for ${withoutScheme(url)}: ${-credits}`);
	if (charges.join('\n') !== expected.join('\n')) {
		throw new Error(`Started: ${expected.join(', ')}. Charged: ${charges.join(', ')}.`);
	}
	return started.map(({ url }) => url);
}
