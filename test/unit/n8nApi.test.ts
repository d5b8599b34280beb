import { stringify } from 'flatted';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { N8nApi } from '../../demo/n8nApi';

let server: Server;
let requests: unknown[] = [];
/** How many requests n8n rejects because its database is slow. */
let rejected = 0;
let answer: object;

beforeAll(async () => {
	server = createServer((request, response) => {
		const body = request.method === 'GET' ? Promise.resolve() : json(request);
		void body.then((content) => {
			requests.push(content);
			const status = requests.length > rejected ? 200 : 503;
			response.writeHead(status, { 'Content-Type': 'application/json' });
			response.end(JSON.stringify({ data: answer }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
	requests = [];
	rejected = 0;
	answer = { id: 'abc' };
});
afterAll(() => server.close());

const workflow = { name: 'Größe “1”', nodes: [], connections: {} };
const api = () => new N8nApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

test('if the database of n8n is slow for a moment, the same request is sent again', async () => {
	rejected = 3;
	expect(await api().importWorkflow(workflow)).toBe('abc');
	expect(requests).toEqual(Array(4).fill({ active: false, ...workflow }));
});

test('if it stays so, the request fails', async () => {
	rejected = Infinity;
	const impatient = Object.assign(api(), { limitMs: 300 });
	await expect(impatient.importWorkflow(workflow)).rejects.toThrow('503');
});

test('a step that was running when its execution was stopped is not one that ran', async () => {
	const start = { data: { main: [[{ json: {} }]] } };
	const data = { resultData: { runData: { Start: [start], Generate: [] } } };
	answer = { status: 'canceled', finished: false, data: stringify(data) };
	const { status, nodes } = await api().execution('1');
	expect(status).toBe('canceled');
	expect(Object.keys(nodes)).toEqual(['Start']);
});
