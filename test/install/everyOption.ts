import type { INode } from 'n8n-workflow';
import { packageById } from '../packages';
import { inARow, step } from '../steps';

/** The parameters as the editor of 1.0.0 saved them: without a resource, and without what has its default. */
const SAVED: Record<string, INode['parameters']> = {
	'By Default': {},
	Limited: { limit: 7 },
	All: { returnAll: true },
	Usage: { returnAll: true, filters: { type: 'usage' } },
	'Oldest First': { returnAll: true, options: { sort: 'oldestFirst' } },
	'Newest First': { limit: 120, options: { sort: 'newestFirst', maxRequestsAtOnce: 1, timeoutSeconds: 30 } },
	'Between Two Days': {
		returnAll: true,
		filters: {
			createdAfter: "={{ $now.minus({ days: 60 }).toFormat('yyyy-MM-dd') }}T00:00:00",
			createdBefore: "={{ $now.minus({ days: 20 }).toFormat('yyyy-MM-dd') }}T12:00:00+02:00",
		},
	},
	Balance: { operation: 'getBalance' },
	Checkout: {
		operation: 'createCheckout',
		packageId: packageById('pkg_pro'),
		additionalFields: {
			successUrl: 'https://example.com/done?session_id={CHECKOUT_SESSION_ID}',
			cancelUrl: 'https://example.com/cancelled',
			maxWaitSeconds: 60,
			timeoutSeconds: 30,
		},
	},
	'Checkout From List': {
		operation: 'createCheckout',
		packageId: { __rl: true, mode: 'list', value: 'pkg_starter', cachedResultName: 'Starter Pack' },
	},
};

/** A workflow with every operation and option that 1.0.0 had, without its credential. */
export const everyOption = inARow('Every option', [
	step('Start', 'n8n-nodes-base.manualTrigger', 1),
	...Object.entries(SAVED).map(([name, parameters]) => ({
		...step(name, 'n8n-nodes-llmgenerator.llmGenerator', 1, parameters),
		executeOnce: true,
	})),
]);
