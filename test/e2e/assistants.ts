import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolResultSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import type { N8nApi, SavedCredential } from '../../demo/n8nApi';
import type { ToolResult } from '../mcp';

export const TOKEN = 'a-token-that-nobody-can-guess-0123456789';
export const WRONG_KEY = 'llmgen_wrong_key_of_somebody';
/** In milliseconds. Assistants give up after a minute; the machine of the tests may be busy. */
const CALL_LIMIT_MS = 180_000;
/** No response may contain these. */
export const SECRETS = [TOKEN, 'llmgen_sandbox_key', WRONG_KEY];

/** The credential with the token that assistants connect with. */
export async function saveToken(api: N8nApi): Promise<SavedCredential> {
	return api.saveCredential({
		name: 'Token of the assistant',
		type: 'httpBearerAuth',
		data: { token: TOKEN },
	});
}

/** AI assistants that use the workflow agent-tools-mcp of an n8n. */
export class Assistants {
	private readonly connected: Client[] = [];

	constructor(private readonly n8nUrl: () => string) {}

	get address(): string {
		return `${this.n8nUrl()}/mcp/llm-generator`;
	}

	overHttp(authorization = `Bearer ${TOKEN}`): StreamableHTTPClientTransport {
		return new StreamableHTTPClientTransport(new URL(this.address), {
			requestInit: { headers: authorization ? { authorization } : {} },
		});
	}

	/** A connected assistant. */
	async connect(transport: Transport = this.overHttp()): Promise<Client> {
		const assistant = new Client({ name: 'assistant', version: '1.0.0' });
		this.connected.push(assistant);
		await assistant.connect(transport);
		return assistant;
	}

	async closeAll(): Promise<void> {
		await Promise.all(this.connected.splice(0).map(async (assistant) => assistant.close()));
	}
}

/** Calls a tool as a model does, and checks that the result contains no secret. */
export async function callTool(assistant: Client, tool: string, args: object = {}): Promise<ToolResult> {
	const call = { name: tool, arguments: { ...args } };
	const result = await assistant.callTool(call, undefined, { timeout: CALL_LIMIT_MS });
	for (const secret of SECRETS) expect(JSON.stringify(result)).not.toContain(secret);
	const { content, isError = false } = CallToolResultSchema.parse(result);
	expect(content).toEqual([{ type: 'text', text: expect.any(String) as string }]);
	return { failed: isError, text: content[0].type === 'text' ? content[0].text : '' };
}

/** The rows that a successful call returns. */
export async function rows(
	assistant: Client,
	tool: string,
	args?: object,
): Promise<Array<Record<string, unknown>>> {
	const { failed, text } = await callTool(assistant, tool, args);
	expect({ failed, text }).toMatchObject({ failed: false });
	return JSON.parse(text) as Array<Record<string, unknown>>;
}

export async function toolsByName(assistant: Client): Promise<Record<string, Tool>> {
	const { tools } = await assistant.listTools();
	return Object.fromEntries(tools.map((tool) => [tool.name, tool]));
}

export function matching(words: RegExp): string {
	return expect.stringMatching(words) as string;
}
