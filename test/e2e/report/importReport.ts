import type { INodeParameters } from 'n8n-workflow';
import type { N8nApi, SavedCredential } from '../../../demo/n8nApi';
import { readTemplate } from '../../templates';
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
		fields: { Settings: settingsWith(settings) },
	});
	const saved = await api.workflow(id);
	if (!saved) throw new Error('The workflow was not saved');
	const { name, connections } = saved;
	const nodes = saved.nodes.map((node) =>
		mail && node.name === 'Send Email' ? { ...node, disabled: false } : node,
	);
	return api.importWorkflow({ name, nodes, connections, settings: { ...saved.settings, timezone } }, id);
}

function settingsWith(values: Record<string, unknown>): INodeParameters {
	const step = readTemplate(REPORT).nodes.find(({ name }) => name === 'Settings');
	const { assignments } = step?.parameters.assignments as {
		assignments: Array<{ name: string; value: unknown }>;
	};
	for (const name of Object.keys(values)) {
		if (!assignments.some((field) => field.name === name)) throw new Error(`There is no setting "${name}"`);
	}
	const filled = assignments.map((field) => ({ ...field, value: values[field.name] ?? field.value }));
	return { assignments: { assignments: filled } } as INodeParameters;
}
