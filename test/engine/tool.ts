import { SupplyDataContext } from 'n8n-core';
import { makeHandleToolInvocation } from 'n8n-core/dist/execution-engine/node-execution-context/utils/get-input-connection-data';
import { createRunExecutionData, NodeConnectionTypes } from 'n8n-workflow';
import { NODE_NAME, prepare, type NodeRun } from './n8n';

/** How n8n lets agents and MCP clients call a node as a tool: each call with its retries, by n8n's own code. */
export async function toolOf(
	run: NodeRun,
	{ execution = createRunExecutionData(), executionId = '1' } = {},
): Promise<(call: object) => Promise<string>> {
	const { workflow, additionalData, nodeType } = await prepare(run);
	const node = workflow.getNode(NODE_NAME)!;
	node.type += 'Tool';
	additionalData.executionId = executionId;
	additionalData.currentNodeExecutionIndex = 0;
	const context = (runIndex: number) =>
		new SupplyDataContext(
			workflow,
			node,
			additionalData,
			'manual',
			execution,
			runIndex,
			[{ json: {} }],
			{},
			NodeConnectionTypes.AiTool,
			{ node, data: { main: [[{ json: {} }]] }, source: null },
			[],
		);
	const invoke = makeHandleToolInvocation(context, node, nodeType, execution);
	return async (call) => String(await invoke(call as never));
}
