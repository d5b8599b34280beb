import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import {
	checkDomain,
	checkedApiKey,
	checkedBaseUrl,
	DEFAULT_BASE_URL,
} from '../nodes/LlmGenerator/transport/credential';
import { testedStatuses } from '../nodes/LlmGenerator/transport/explanations';
import { directly } from '../nodes/LlmGenerator/transport/thisMachine';

export class LlmGeneratorApi implements ICredentialType {
	name = 'llmGeneratorApi';

	displayName = 'LLM Generator API';

	icon: Icon = { light: 'file:../icons/llmGenerator.svg', dark: 'file:../icons/llmGenerator.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-llmgenerator/n8n-nodes-llmgenerator?tab=readme-ov-file#set-up-the-credential';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. llmgen_…',
			description: 'The key that n8n sends with each request, only to this Base URL',
			hint: 'In your LLM Generator dashboard, under API Keys',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: DEFAULT_BASE_URL,
			placeholder: `e.g. ${DEFAULT_BASE_URL}`,
			description: 'Leave this unchanged unless you were given another address. It must start with https://.',
		},
	];

	/** Every request with this credential passes through here, so the key is never sent to an address that is not allowed. */
	authenticate = async (
		credentials: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => {
		const baseURL = checkedBaseUrl(credentials.baseUrl);
		const Authorization = `Bearer ${checkedApiKey(credentials.apiKey)}`;
		// Only the test below has a baseURL. n8n's HTTP Request node can also use this credential, with its own URL.
		const isTest = request.baseURL !== undefined;
		if (isTest) checkDomain({ ...credentials, baseUrl: baseURL });
		return {
			...request,
			...(isTest && { baseURL, ...directly(baseURL) }),
			headers: { ...request.headers, Authorization },
		};
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ $credentials.baseUrl }}',
			url: '/credits/history/api',
			qs: { limit: 1 },
			disableFollowRedirect: true,
		},
		rules: testedStatuses().map(({ status, sentences }) => ({
			type: 'responseCode',
			properties: { value: status, message: sentences },
		})),
	};
}
