import type { INode } from 'n8n-workflow';
import type { N8nApi, SavedCredential, WorkflowJson } from '../../demo/n8nApi';
import { name as NAME } from '../../package.json';
import { Assistants, callTool, saveToken, toolsByName } from '../e2e/assistants';
import { mockGoogleSheets, type GoogleSheetsMock } from '../e2e/mocks/googleSheets';
import type { HttpsProxy } from '../e2e/mocks/httpsProxy';
import { mockSlack, type SlackMock } from '../e2e/mocks/slack';
import { withCredential, type Credentials } from '../e2e/template';
import { packageById } from '../packages';
import { everyOption } from './everyOption';
import type { Release } from './release';

const MCP_SERVER = '@n8n/n8n-nodes-langchain.mcpTrigger';
const SHEET = { documentId: 'url', sheetName: 'id' };

/** What a model sends with a call of a tool; nothing to the others. */
const TOOL_ARGUMENTS: Record<string, object> = {
	Get_Credit_History: { limit: 5, type: 'usage' },
	Create_Checkout_Link: { packageId: 'pkg_pro' },
};

/** The workflows of a release, filled in and published as its users did, with mocks of the services that they use. */
export class SavedWorkflows {
	private readonly imported: Array<{ id: string; workflow: WorkflowJson }> = [];
	private slack!: SlackMock;
	private google!: GoogleSheetsMock;
	private credentials!: Credentials;

	/** @param credential the account that they use: between two runs, nothing may change there */
	constructor(
		private readonly api: N8nApi,
		private readonly credential: SavedCredential,
	) {}

	async import({ workflows }: Release, proxy: HttpsProxy): Promise<void> {
		this.slack = await mockSlack(proxy);
		this.google = await mockGoogleSheets(proxy, 'Credits');
		this.credentials = {
			[NAME]: this.credential,
			'n8n-nodes-base.slack': await this.api.saveCredential(this.slack.credential),
			'n8n-nodes-base.googleSheets': await this.api.saveCredential(this.google.credential),
			[MCP_SERVER]: await saveToken(this.api),
		};
		for (const workflow of [...workflows, everyOption]) {
			const nodes = workflow.nodes.map((node) => this.filledIn(node));
			const id = await this.api.importWorkflow({ ...workflow, nodes });
			this.imported.push({ id, workflow });
			if (nodes.some(startsByItself)) await this.api.activate(id);
		}
	}

	/** Runs each workflow from each of its triggers. Returns what our steps output, and what reached the other services. */
	async outputs(): Promise<Record<string, unknown>> {
		const outputs: Record<string, unknown> = {};
		this.google.reset();
		this.slack.messages.length = 0;
		for (const { id, workflow } of this.imported) {
			for (const { name, type } of workflow.nodes.filter((node) => /trigger$/i.test(node.type))) {
				outputs[`${workflow.name}, ${name}`] =
					type === MCP_SERVER ? await this.toolResults() : await this.run(id, workflow, name);
			}
		}
		const all = { ...outputs, sheet: this.google.cells, messages: this.slack.messages };
		return JSON.parse(withoutNewIds(JSON.stringify(all))) as typeof outputs;
	}

	private async run(id: string, workflow: WorkflowJson, trigger: string) {
		const { status, error, nodes } = await this.api.runWorkflow(id, trigger);
		const ours = workflow.nodes.filter(({ name, type }) => type.startsWith(`${NAME}.`) && name in nodes);
		const items = ours.map(({ name }) => [name, nodes[name].outputs]);
		return { status, error: error?.message, ...Object.fromEntries(items) } as object;
	}

	/** What an AI assistant sees: the tools, and what they answer. */
	private async toolResults(): Promise<object> {
		const assistants = new Assistants(() => this.api.url);
		try {
			const assistant = await assistants.connect();
			const tools = await toolsByName(assistant);
			const results = Object.keys(tools).map(async (tool) => [
				tool,
				await callTool(assistant, tool, TOOL_ARGUMENTS[tool]),
			]);
			return { tools, results: await Promise.all(results) };
		} finally {
			await assistants.closeAll();
		}
	}

	/** With what a template leaves to its user: the credential, and the choice of a package, a channel and a sheet. */
	private filledIn(node: INode): INode {
		const choices: INode['parameters'] = {
			packageId: packageById('pkg_pro'),
			channelId: { __rl: true, mode: 'name', value: '#credits' },
			documentId: { __rl: true, mode: SHEET.documentId, value: this.google.link },
			sheetName: { __rl: true, mode: SHEET.sheetName, value: this.google.sheetId },
		};
		const chosen = Object.entries(choices).filter(([field]) => isBlank(node.parameters[field]));
		return {
			...withCredential(node, this.credentials),
			parameters: { ...node.parameters, ...Object.fromEntries(chosen) },
		};
	}
}

const isBlank = (field: unknown) => (field as { value?: unknown } | undefined)?.value === '';

/** Whether a workflow with this step can be published. */
const startsByItself = ({ type }: INode) => /trigger$/i.test(type) && !type.endsWith('.manualTrigger');

/** A checkout session gets a new ID each time, and a balance the time of the poll. */
function withoutNewIds(json: string): string {
	return json.replace(/cs_test_[0-9a-f]+/g, 'cs_test').replace(/"checkedAt":"[^"]*"/g, '"checkedAt":"now"');
}
