import type { INodeParameters } from 'n8n-workflow';
import type { Execution, N8nApi, SavedCredential } from '../../../demo/n8nApi';
import { readTemplate } from '../../templates';
import { until } from '../../until';
import { importTemplate } from '../template';

const TEMPLATE = 'watch-published-files';
const SCHEDULE = 'Every Six Hours';
/** Time for n8n to save the schedule before it fires. */
const SOON_MS = 3_000;

/** Values of the step Settings that differ from the template. */
export type Settings = Record<string, string | number>;

/** The workflow, imported for one test. The second look comes a second after the first one, and not a minute. */
export class Watch {
	private constructor(
		private readonly api: () => N8nApi,
		readonly id: string,
	) {}

	static async import(
		api: () => N8nApi,
		credentials: Record<string, SavedCredential>,
		settings: Settings,
	): Promise<Watch> {
		const fields: Record<string, INodeParameters> = {
			Settings: settingsWith(settings),
			'Wait a Minute': { amount: 1 },
		};
		return new Watch(api, await importTemplate(api(), TEMPLATE, { credentials, fields }));
	}

	async byHand(): Promise<Execution> {
		return this.api().runWorkflow(this.id, 'Try It Now');
	}

	/** One check that the schedule starts, as in the months to come. */
	async bySchedule(): Promise<Execution> {
		const api = this.api();
		const earlier = (await api.executionIdsOf(this.id)).length;
		await this.scheduleAt(new Date(Date.now() + SOON_MS));
		await api.activate(this.id);
		const started = async () => (await api.executionIdsOf(this.id))[earlier];
		const id = await until(started, 'The schedule did not start the workflow', 90_000);
		await api.deactivate(this.id);
		return api.execution(id);
	}

	/** Every minute, at the second of this time. */
	private async scheduleAt(time: Date): Promise<void> {
		const saved = await this.api().workflow(this.id);
		if (!saved) throw new Error('The workflow is gone');
		const { name, nodes, connections, settings } = saved;
		const rule = {
			interval: [{ field: 'cronExpression', expression: `${time.getSeconds()} * * * * *` }],
		};
		const changed = nodes.map((node) => (node.name === SCHEDULE ? { ...node, parameters: { rule } } : node));
		await this.api().importWorkflow({ name, nodes: changed, connections, settings }, this.id);
	}
}

/** The step Settings, with some values changed. */
function settingsWith(values: Settings): INodeParameters {
	const step = readTemplate(TEMPLATE).nodes.find(({ name }) => name === 'Settings');
	const { assignments } = step?.parameters.assignments as {
		assignments: Array<{ name: string; value: string | number }>;
	};
	const unknown = Object.keys(values).filter((key) => !assignments.some(({ name }) => name === key));
	if (unknown.length > 0) throw new Error(`Settings has no ${unknown.join(', ')}`);
	const filledIn = assignments.map((one) => ({ ...one, value: values[one.name] ?? one.value }));
	return { assignments: { assignments: filledIn } };
}
