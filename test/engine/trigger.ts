/** An active workflow with the trigger, as n8n keeps it: polls, what of the state n8n saves, restarts. */
import { PollContext } from 'n8n-core';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Sandbox } from '../../sandbox/server';
import { NODE_NAME, prepare } from './n8n';

export class ActiveTrigger {
	/** What n8n has in its database. */
	private saved: IDataObject = {};
	/** What n8n has in memory. */
	private state: IDataObject = {};

	private constructor(
		private readonly sandbox: Sandbox,
		/** What the user has set, and may change. */
		public parameters: INodeParameters,
		private readonly budgetMs: number | undefined,
	) {}

	static of(sandbox: Sandbox, parameters: INodeParameters, budgetMs?: number): ActiveTrigger {
		return new ActiveTrigger(sandbox, parameters, budgetMs);
	}

	/** n8n polls at once when a workflow is activated, and saves the state whatever came of it. */
	async activate(): Promise<IDataObject[]> {
		const items = await this.poll();
		this.saved = structuredClone(this.state);
		return items;
	}

	/** One poll. n8n saves the state only together with items; a poll that throws keeps what it changed in memory. */
	async poll(mode: 'trigger' | 'manual' = 'trigger'): Promise<IDataObject[]> {
		const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: this.sandbox.baseUrl };
		const { workflow, additionalData, nodeType } = await prepare(
			{ parameters: this.parameters, credential },
			'llmGeneratorTrigger',
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

	/** n8n ends, in whatever way, and starts again. */
	restart(): void {
		this.state = structuredClone(this.saved);
	}

	/** What n8n has in memory now, and what it would have after a restart. */
	get states(): IDataObject[] {
		return [this.state, this.saved];
	}

	get savedState(): string {
		return JSON.stringify(this.saved);
	}
}
