/** An active workflow with the trigger, as in n8n: its polls, its saved state, its restarts. */
import { PollContext } from 'n8n-core';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Sandbox } from '../../sandbox/server';
import { NODE_NAME, prepare } from './n8n';

export class ActiveTrigger {
	/** The state in n8n's database. */
	private saved: IDataObject = {};
	/** The state in n8n's memory. */
	private state: IDataObject = {};

	/** The key of its credential; a test may replace it. */
	apiKey = 'llmgen_sandbox_key';

	/** The folder of another version of the package, if n8n has changed to it; default: this repository. */
	packageFolder?: string;

	private constructor(
		/** The API of its credential; a test may replace it. */
		public sandbox: Sandbox,
		/** The parameters of the node; a test may change them. */
		public parameters: INodeParameters,
		private readonly budgetMs: number | undefined,
	) {}

	static of(sandbox: Sandbox, parameters: INodeParameters, budgetMs?: number): ActiveTrigger {
		return new ActiveTrigger(sandbox, parameters, budgetMs);
	}

	/** n8n polls when a workflow is activated, and then saves the state even if there are no items. */
	async activate(): Promise<IDataObject[]> {
		const items = await this.poll();
		this.saved = structuredClone(this.state);
		return items;
	}

	/** One poll. n8n saves the state only together with items; a poll that throws keeps what it changed in memory. */
	async poll(mode: 'trigger' | 'manual' = 'trigger'): Promise<IDataObject[]> {
		const credential = { apiKey: this.apiKey, baseUrl: this.sandbox.baseUrl };
		const { workflow, additionalData, nodeType } = await prepare(
			{ parameters: this.parameters, credential },
			'llmGeneratorTrigger',
			this.packageFolder,
		);
		// A manual test loads the saved state and never saves it.
		const state = mode === 'manual' ? structuredClone(this.saved) : this.state;
		const context = new PollContext(
			workflow,
			workflow.getNode(NODE_NAME)!,
			additionalData,
			mode,
			mode === 'manual' ? 'manual' : 'activate',
			undefined,
			undefined,
			undefined,
			undefined,
			() => state,
			this.budgetMs === undefined ? undefined : () => this.budgetMs!,
		);
		const result = await nodeType.poll!.call(context);
		if (result !== null && mode === 'trigger') this.saved = structuredClone(this.state);
		return (result?.[0] ?? []).map(({ json }) => json);
	}

	/** n8n stops, for whatever reason, and starts again. */
	restart(): void {
		this.state = structuredClone(this.saved);
	}

	/** The state in memory, and the state after a restart. */
	get states(): IDataObject[] {
		return [this.state, this.saved];
	}

	get savedState(): string {
		return JSON.stringify(this.saved);
	}
}
