import { NodeApiError, type INode } from 'n8n-workflow';
import { answerTo } from '../../nodes/LlmGenerator/transport/http';
import type { ApiContext } from '../../nodes/LlmGenerator/transport/session';

const node = { name: 'LLM Generator', type: 'llmGenerator', typeVersion: 1 } as INode;
const credential = { apiKey: 'llmgen_x', baseUrl: 'https://api.example.com' };

/** What comes of a POST for which n8n throws. */
async function answerFor(failure: Error, baseUrl = credential.baseUrl) {
	const httpRequestWithAuthentication = () => Promise.reject(failure);
	const context = { helpers: { httpRequestWithAuthentication } } as unknown as ApiContext;
	const { signal: abortSignal } = new AbortController();
	return await answerTo(context, { ...credential, baseUrl }, { method: 'POST', path: '/x' }, { abortSignal });
}

/** n8n's error for axios' error, with the connection that the answer came by. */
function thrown(status: number, socket?: object | null): NodeApiError {
	const response = { status, headers: { via: 'x' }, data: 'words', request: { socket } };
	const failure = new NodeApiError(node, { message: 'Oh no' });
	return Object.assign(failure, { cause: Object.assign(new Error('axios'), { response }) });
}

const ANSWER = { statusCode: 503, headers: { via: 'x' }, body: 'words' };

test.each([
	['encrypted: of the API', { encrypted: true }, false],
	['not encrypted: of a proxy that refused a tunnel', {}, true],
	['not known: nothing is concluded', undefined, false],
	['gone: nothing is concluded', null, false],
])('an answer by a connection that is %s', async (_what, socket, isTunnelRefusal) => {
	expect(await answerFor(thrown(503, socket))).toEqual({ ...ANSWER, isTunnelRefusal });
});

test('an answer to an address without encryption needs none', async () => {
	const answer = await answerFor(thrown(503, {}), 'http://127.0.0.1:5000');
	expect(answer).toEqual({ ...ANSWER, isTunnelRefusal: false });
});

test('n8n before 2.34 says no more than the status, and one text of the body', async () => {
	const failure = new NodeApiError(
		node,
		{ message: 'x' },
		{
			httpCode: '502',
			description: 'words',
		},
	);
	expect(await answerFor(failure)).toEqual({ statusCode: 502, headers: {}, body: 'words' });
});

test.each([
	['a connection that broke', new NodeApiError(node, { code: 'ECONNRESET', message: 'x' })],
	['an answer that was cut off', thrown(200, { encrypted: true })],
	['an error that is not one of n8n', new Error('x')],
])('%s is no answer', async (_what, failure) => {
	await expect(answerFor(failure)).rejects.toBe(failure);
});
