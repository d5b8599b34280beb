/** Runs only the sandbox: npx tsx sandbox/main.ts [--port 4010] [--rows 300] [--order newestFirst] */
import { parseArgs } from 'node:util';
import { type Order, ORDERS } from './ledger';
import { startSandbox } from './server';

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '4010' },
			rows: { type: 'string', default: '300' },
			order: { type: 'string', default: 'newestFirst' },
		},
	});
	const { port, rows, order } = values;
	if (!isOrder(order)) throw new Error(`--order must be one of ${ORDERS.join(', ')}`);

	const sandbox = await startSandbox({ port: Number(port), order, ledger: { rows: Number(rows) } });
	console.log(`The sandbox is running. Account: ${sandbox.origin}`);
	console.log(`Base URL for n8n: ${sandbox.baseUrl}`);
	console.log(`API key: ${sandbox.apiKeys[0]}`);
	console.log('Press Ctrl-C to stop it.');
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void sandbox.close());
	}
}

function isOrder(text: string): text is Order {
	return ORDERS.includes(text as Order);
}

main().catch((thrown: Error) => {
	console.log(`The sandbox did not start: ${thrown.message}`);
	process.exitCode = 1;
});
