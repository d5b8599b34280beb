import type { N8nApi, SavedCredential } from '../../../demo/n8nApi';
import { importTemplate } from '../template';

export const REPORT = 'monthly-report-excel';
export const BY_HAND = 'Try It Now';
export const BY_SCHEDULE = 'On the 1st at 06:00';

/** What a user may set in the report. What is left out stays as it is in the template. */
export interface Choices {
	account: SavedCredential;
	/** The SMTP account: chosen in the step Send Email, which is then turned on. */
	mail?: SavedCredential;
	/** Fields of the step Settings. */
	sendTo?: string;
	sender?: string;
	monthsBack?: number;
	/** The time zone of the workflow. */
	timezone?: string;
}

/** Imports the template as a user does, and returns its ID in n8n. */
export async function importReport(
	api: N8nApi,
	{ account, mail, timezone, ...settings }: Choices,
): Promise<string> {
	const id = await importTemplate(api, REPORT, {
		credentials: {
			'n8n-nodes-llmgenerator': account,
			...(mail && { 'n8n-nodes-base.emailSend': mail }),
		},
		settings,
	});
	await api.editWorkflow(id, ({ nodes, settings: ofWorkflow }) => ({
		nodes: nodes.map((node) => (mail && node.name === 'Send Email' ? { ...node, disabled: false } : node)),
		settings: { ...ofWorkflow, timezone },
	}));
	return id;
}
