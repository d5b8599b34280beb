/**
 * Runs the built node as n8n does: loaded from dist by n8n's own loader, through n8n-core's workflow engine and
 * contexts, over real HTTP. Only the credential, which n8n stores in its database, is mocked.
 */
import { join } from 'node:path';
import {
	ExecuteContext,
	ExecutionLifecycleHooks,
	LoadOptionsContext,
	PackageDirectoryLoader,
	WorkflowExecute,
} from 'n8n-core';
import {
	createRunExecutionData,
	ICredentialsHelper,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
	type ICredentialDataDecryptedObject,
	type ICredentialsExpressionResolveValues,
	type IDataObject,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeParameters,
	type INodeType,
	type INodeTypes,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
	type NodeExecutionHint,
} from 'n8n-workflow';

export const NODE_NAME = 'LLM Generator';
const CREDENTIAL_TYPE = 'llmGeneratorApi';
const ROOT = join(__dirname, '../..');

export interface NodeRun {
	/** Parameters of the node; the others have their defaults, as in the editor. */
	parameters: INodeParameters;
	/** The input items; default: one empty item. */
	items?: IDataObject[];
	credential: ICredentialDataDecryptedObject;
	onError?: INode['onError'];
	/** How often n8n runs the node at most ("Retry On Fail"); default: once. */
	maxTries?: number;
	timezone?: string;
}

export interface NodeResult {
	items: INodeExecutionData[];
	/** The items of the error output, if there is one. */
	errorItems: INodeExecutionData[];
	hints: NodeExecutionHint[];
	/** The error that n8n shows if the run failed. */
	error?: { message: string; description?: string; context: IDataObject; name: string; httpCode?: string };
	/** Everything that n8n would store of the run, as text. */
	stored: string;
}

/** One run of the node in a workflow "input items → LLM Generator". */
export async function runNode(run: NodeRun): Promise<NodeResult> {
	const { workflow, additionalData } = await prepare(run);
	const items = (run.items ?? [{}]).map((json) => ({ json }));
	const result = await new WorkflowExecute(additionalData, 'manual').run({
		workflow,
		startNode: workflow.getNode('Start')!,
		pinData: { Start: items },
	});
	const { resultData } = result.data;
	const [taken] = resultData.runData[NODE_NAME] ?? [];
	return {
		items: taken?.data?.main[0] ?? [],
		errorItems: taken?.data?.main[1] ?? [],
		hints: taken?.hints ?? [],
		error: resultData.error as NodeResult['error'],
		stored: JSON.stringify(result),
	};
}

/** One run of the node without a workflow, so that it can be stopped. */
export async function startNode(
	run: NodeRun,
	/** The execution, and the index of this run in it; default: the first run of a new execution. */
	{ execution = createRunExecutionData(), runIndex = 0 } = {},
): Promise<{ finished: Promise<INodeExecutionData[][]>; stop(): void }> {
	const { workflow, additionalData, nodeType } = await prepare(run);
	const node = workflow.getNode(NODE_NAME)!;
	const items = (run.items ?? [{}]).map((json) => ({ json }));
	const stopping = new AbortController();
	const context = new ExecuteContext(
		workflow,
		node,
		additionalData,
		'manual',
		execution,
		runIndex,
		items,
		{ main: [items] },
		{ node, data: { main: [items] }, source: null },
		[],
		stopping.signal,
	);
	const finished = nodeType.execute!.call(context) as Promise<INodeExecutionData[][]>;
	return { finished, stop: () => stopping.abort() };
}

/** The list in the field "Package". */
export async function searchPackages(
	credential: ICredentialDataDecryptedObject,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await search('getPackages', 'packageId', { operation: 'createCheckout' }, credential, filter);
}

/** What the list in the field "Site" shows. */
export async function searchSites(
	credential: ICredentialDataDecryptedObject,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await search('getSites', 'siteId', { resource: 'file', operation: 'download' }, credential, filter);
}

async function search(
	method: string,
	field: string,
	parameters: INodeParameters,
	credential: ICredentialDataDecryptedObject,
	filter?: string,
): Promise<INodeListSearchResult> {
	const { workflow, additionalData, nodeType } = await prepare({ parameters, credential });
	const node = workflow.getNode(NODE_NAME)!;
	const context = new LoadOptionsContext(workflow, node, additionalData, `parameters.${field}`);
	return await nodeType.methods!.listSearch![method].call(context, filter);
}

const loading = new Map<string, Promise<PackageDirectoryLoader>>();

/** As n8n removes a package while it runs: it forgets the types, and what is running goes on with the code in memory. */
export async function removePackage(): Promise<void> {
	(await loaded(ROOT)).reset();
}

/** As n8n installs it. */
export function installPackage(): void {
	loading.delete(ROOT);
}

async function loaded(packageFolder: string): Promise<PackageDirectoryLoader> {
	if (!loading.has(packageFolder)) loading.set(packageFolder, load(packageFolder));
	return loading.get(packageFolder)!;
}

async function load(packageFolder: string): Promise<PackageDirectoryLoader> {
	const loader = new PackageDirectoryLoader(packageFolder);
	await loader.loadAll();
	return loader;
}

/**
 * A workflow "input items → node", and what n8n-core needs to run it.
 *
 * @param packageFolder the folder with package.json and dist; default: this repository
 */
export async function prepare(
	{ parameters, credential, onError, maxTries, timezone = 'UTC' }: NodeRun,
	type: 'llmGenerator' | 'llmGeneratorTrigger' = 'llmGenerator',
	packageFolder = ROOT,
) {
	const loader = await loaded(packageFolder);
	const nodeType = loader.getNode(type).type as INodeType;
	const typeOf = (name: string) =>
		name === START.description.name ? START : (loader.getNode(type).type as INodeType);
	const nodeTypes: INodeTypes = {
		getByName: typeOf,
		getByNameAndVersion: typeOf,
		getKnownTypes: () => ({}),
	};
	const node = {
		id: '1',
		name: NODE_NAME,
		type: `n8n-nodes-llmgenerator.${type}`,
		typeVersion: 1,
		position: [0, 0] as [number, number],
		credentials: { [CREDENTIAL_TYPE]: { id: '1', name: 'Test' } },
		onError,
		...(maxTries && { retryOnFail: true, maxTries, waitBetweenTries: 1 }),
		parameters: NodeHelpers.getNodeParameters(
			nodeType.description.properties,
			parameters,
			true,
			false,
			null,
			nodeType.description,
		)!,
	};
	const start = {
		...node,
		id: '0',
		name: 'Start',
		type: START.description.name,
		parameters: {},
		credentials: {},
	};
	const workflow = new Workflow({
		id: 'test',
		nodes: [start, node, { ...start, id: '2', name: 'Never ran' }],
		connections: { Start: { main: [[{ node: NODE_NAME, type: NodeConnectionTypes.Main, index: 0 }]] } },
		active: false,
		nodeTypes,
		settings: { timezone, executionOrder: 'v1' },
	});
	const credentialsHelper = new Credentials(loader, credential);
	// n8n builds these URLs from its configuration; expressions can contain them.
	const additionalData = {
		credentialsHelper,
		hooks: new ExecutionLifecycleHooks('manual', '1', workflow as unknown as IWorkflowBase),
		webhookWaitingBaseUrl: 'http://localhost/waiting',
		formWaitingBaseUrl: 'http://localhost/form',
		currentNodeParameters: node.parameters,
		variables: {},
	} as unknown as IWorkflowExecuteAdditionalData;
	return { workflow, additionalData, nodeType };
}

const START: INodeType = {
	description: {
		displayName: 'Start',
		name: 'test.start',
		group: ['trigger'],
		version: 1,
		description: 'Outputs the input items',
		defaults: { name: 'Start' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	},
	execute() {
		return Promise.resolve([this.getInputData()]);
	},
};

/** n8n's credentials without a database: one credential. Its expressions are resolved for each item, as in n8n. */
class Credentials extends ICredentialsHelper {
	constructor(
		private readonly loader: PackageDirectoryLoader,
		private readonly credential: ICredentialDataDecryptedObject,
	) {
		super();
	}

	getParentTypes() {
		return [];
	}

	isCredentialUsableByNode() {
		return true;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		_type: string,
		options: IHttpRequestOptions,
	) {
		const { authenticate } = this.loader.getCredential(CREDENTIAL_TYPE).type;
		if (typeof authenticate !== 'function')
			throw new Error('The credential must authenticate with a function');
		return await authenticate(credentials, options);
	}

	preAuthentication() {
		return Promise.resolve(undefined);
	}

	runPreAuthentication() {
		return Promise.resolve(undefined);
	}

	getDecrypted(...[, , , mode, executeData, , values]: Parameters<ICredentialsHelper['getDecrypted']>) {
		return Promise.resolve(values ? resolved(this.credential, values, mode, executeData) : this.credential);
	}

	getCredentials(): never {
		throw new Error('not used');
	}

	updateCredentials() {
		return Promise.resolve();
	}

	updateCredentialsOauthTokenData() {
		return Promise.resolve();
	}

	getCredentialsProperties() {
		return this.loader.getCredential(CREDENTIAL_TYPE).type.properties;
	}
}

function resolved(
	credential: ICredentialDataDecryptedObject,
	values: ICredentialsExpressionResolveValues,
	...[mode, executeData]: [
		Parameters<ICredentialsHelper['getDecrypted']>[3],
		Parameters<ICredentialsHelper['getDecrypted']>[4],
	]
): ICredentialDataDecryptedObject {
	const { workflow, runExecutionData, runIndex, itemIndex, node, connectionInputData } = values;
	return workflow.expression.getParameterValue(
		credential as INodeParameters,
		runExecutionData,
		runIndex,
		itemIndex,
		node.name,
		connectionInputData,
		mode,
		{},
		executeData,
		false,
		{},
	) as ICredentialDataDecryptedObject;
}
