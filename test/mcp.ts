import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { INode } from 'n8n-workflow';
import { credentialOf, type SavedCredential, type WorkflowJson } from '../demo/n8nApi';
import { step } from './steps';

/** Text that the model fills in when it calls the tool. */
export const fromAgent = (name: string) => `={{ $fromAI('${name}', '', 'string') }}`;

/** This package's node as a tool. The model calls it by its name, with _ for a space. `parameters`: those of its operation. */
export function toolStep(
	name: string,
	parameters: INode['parameters'],
	credential: SavedCredential,
	settings: Partial<INode> = {},
): INode {
	const allParameters = { resource: 'credit', ...parameters };
	return {
		...step(name, 'n8n-nodes-llmgenerator.llmGeneratorTool', 1, allParameters),
		credentials: credentialOf(credential),
		...settings,
	};
}

/** An MCP server that offers these tools, without features that the oldest n8n does not know. */
export function mcpWorkflow(path: string, tools: INode[]): WorkflowJson {
	const server = {
		...step('Server', '@n8n/n8n-nodes-langchain.mcpTrigger', 2, { path }),
		webhookId: path,
	};
	const link = { ai_tool: [[{ node: server.name, type: 'ai_tool' as const, index: 0 }]] };
	return {
		name: `MCP server: ${path}`,
		nodes: [server, ...tools],
		connections: Object.fromEntries(tools.map(({ name }) => [name, link])),
		settings: { executionOrder: 'v1' },
	};
}

export interface ToolResult {
	/** Whether the tool reports that it failed. */
	failed: boolean;
	/** The text that the model reads. */
	text: string;
}

/** Calls a tool as a model does. */
export async function callTool(agent: Client, name: string, args: object = {}): Promise<ToolResult> {
	const result = await agent.callTool({ name, arguments: { ...args } });
	const { content, isError = false } = CallToolResultSchema.parse(result);
	return { failed: isError, text: content.map((part) => (part.type === 'text' ? part.text : '')).join('') };
}

/** Connects an AI agent to an MCP server of n8n. */
export async function asAgent<T>(url: string, path: string, use: (agent: Client) => Promise<T>): Promise<T> {
	const agent = new Client({ name: 'agent', version: '1.0.0' });
	await agent.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp/${path}`)));
	try {
		return await use(agent);
	} finally {
		await agent.close();
	}
}
