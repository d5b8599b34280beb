import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { N8nApi } from '../../demo/n8nApi';

let server: Server;
let requests: unknown[] = [];
/** How many requests n8n rejects because its database is slow. */
let rejected = 0;

beforeAll(async () => {
	server = createServer((request, response) => {
		void json(request).then((body) => {
			requests.push(body);
			const status = requests.length > rejected ? 200 : 503;
			response.writeHead(status, { 'Content-Type': 'application/json' });
			response.end(JSON.stringify({ data: { id: 'abc' } }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
	requests = [];
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
