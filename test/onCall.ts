import axios from 'axios';
import type { IDataObject, INode } from 'n8n-workflow';
import type { WorkflowJson } from '../demo/n8nApi';
import { inARow, step } from './steps';

/** A workflow that runs one step for the items that its webhook is called with. It responds as soon as it has started. */
export function onCallWorkflow(path: string, each: INode): WorkflowJson {
	const webhookParameters = { path, httpMethod: 'POST' };
	const webhook = { ...step('Webhook', 'n8n-nodes-base.webhook', 2, webhookParameters), webhookId: path };
	const items = step('Items', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'body.items', options: {} });
	return inARow(`On call: ${path}`, [webhook, items, each]);
}

/** Calls its webhook. */
export async function callWithItems(n8nUrl: string, path: string, items: IDataObject[]): Promise<void> {
	await axios.post(`${n8nUrl}/webhook/${path}`, { items }, { proxy: false });
}
