import type { INode } from 'n8n-workflow';
import { credentialOf } from '../../demo/n8nApi';
import { packageById } from '../packages';
import { inARow, step } from '../steps';
import { Account } from './account';
import type { RunningVersion } from './runningVersion';

/** The parameters as the editor of 1.0.0 saved them: without a resource, and without what has its default. */
const SAVED: Record<string, INode['parameters']> = {
	'Get Credit History': { limit: 2 },
	'Get Balance': { operation: 'getBalance' },
	'Create Checkout': {
		operation: 'createCheckout',
		packageId: packageById('pkg_pro'),
		additionalFields: { successUrl: 'https://example.com/done', maxWaitSeconds: 60 },
	},
};

/** Workflows of 1.0.0, which knew one resource only, in a real n8n. */
export const testSavedWorkflows = (running: () => RunningVersion) =>
	test('the workflows that were saved with 1.0.0 run unchanged', async () => {
		const account = await Account.open(running(), 'Account of 1.0.0');
		const steps = Object.entries(SAVED).map(([name, parameters]) => ({
			...step(name, 'n8n-nodes-llmgenerator.llmGenerator', 1, parameters),
			credentials: credentialOf(account.credential),
		}));
		const start = step('Start', 'n8n-nodes-base.manualTrigger', 1);
		const { api } = account.n8n;
		const { status, nodes } = await api.runWorkflow(
			await api.importWorkflow(inARow('Saved with 1.0.0', [start, ...steps])),
		);

		expect(status).toBe('success');
		const { ledger } = account.sandbox;
		const outputs = Object.keys(SAVED).map((name) => nodes[name].items.map(({ json }) => json));
		expect(outputs).toEqual([
			ledger.recent(2),
			Array(2).fill(expect.objectContaining({ balance: ledger.balance })),
			Array(2).fill(
				expect.objectContaining({ package: expect.objectContaining({ id: 'pkg_pro' }) as object }),
			),
		]);
		await account.close();
	});
