import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { N8nApi, SavedCredential } from '../../demo/n8nApi';
import { dependencies } from '../../demo/n8n/package.json';
import { saveToken } from './assistants';
import { importTemplate, withSettings } from './template';

/** What a user enters in the step Settings; what is left out keeps the value of the template. */
export type Settings = Partial<{
	dataTable: string;
	maxCreditsPerFile: number;
	maxCreditsPerDay: number;
	newWebsites: string;
	reuseWithinHours: number;
}>;

/** The workflow agent-tools-mcp in an n8n, as a user sets it up. */
export class AssistantWorkflow {
	private constructor(
		private readonly api: N8nApi,
		readonly id: string,
	) {}

	/** Imports it with this account. It runs when its settings are chosen. */
	static async import(api: N8nApi, account: SavedCredential): Promise<AssistantWorkflow> {
		const credentials = {
			'n8n-nodes-llmgenerator': account,
			'@n8n/n8n-nodes-langchain.mcpTrigger': await saveToken(api),
		};
		return new AssistantWorkflow(api, await importTemplate(api, 'agent-tools-mcp', { credentials }));
	}

	/** Creates an empty data table with the columns that the note of the workflow names, and returns its ID. */
	async createTable(): Promise<string> {
		return this.api.createDataTable(`Credits of the assistant ${randomUUID()}`, [
			{ name: 'site', type: 'string' },
			{ name: 'credits', type: 'number' },
		]);
	}

	/** Fills in the step Settings, and publishes the workflow. */
	async publish(settings: Settings): Promise<void> {
		await this.api.editWorkflow(this.id, ({ nodes }) => ({ nodes: withSettings(nodes, settings) }));
		await this.api.activate(this.id);
	}
}

const SQLITE = resolve(__dirname, `../../.local/n8n-${dependencies.n8n}/node_modules/sqlite3`);
const RUN =
	'const [, module, file, sql] = process.argv; new (require(module).Database)(file).run(sql, (e) => { if (e) throw e; })';

/** Makes the rows of a data table as old as if they had been added so many hours earlier. */
export function moveBack(home: string, table: string, hours: number): void {
	const sql = `UPDATE data_table_user_${table} SET createdAt = strftime('%Y-%m-%d %H:%M:%f', createdAt, '-${hours} hours')`;
	execFileSync(process.execPath, ['-e', RUN, SQLITE, join(home, '.n8n', 'database.sqlite'), sql]);
}
