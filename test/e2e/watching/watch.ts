import type { Execution, N8nApi, SavedCredential } from '../../../demo/n8nApi';
import { startBySchedule } from '../bySchedule';
import { importTemplate, type Settings } from '../template';

const TEMPLATE = 'watch-published-files';
const SCHEDULE = 'Every Six Hours';

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
		const fields = { 'Wait a Minute': { amount: 1 } };
		return new Watch(api, await importTemplate(api(), TEMPLATE, { credentials, settings, fields }));
	}

	async byHand(): Promise<Execution> {
		return this.api().runWorkflow(this.id, 'Try It Now');
	}

	/** One check that the schedule starts, as in the months to come. */
	async bySchedule(): Promise<Execution> {
		const api = this.api();
		const id = await startBySchedule(api, this.id, SCHEDULE);
		await api.deactivate(this.id);
		return api.execution(id);
	}
}
