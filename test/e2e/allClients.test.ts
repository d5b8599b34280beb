import { Agency } from './agency';

let agency: Agency;

beforeAll(async () => {
	agency = await Agency.open();
});
afterAll(async () => (agency as Agency | undefined)?.close());

test('probe', async () => {
	agency.sandbox.generation.durationMs = 500;
	agency.setBalance(1000);
	const repo = agency.github.create('acme/site', { 'README.md': 'x' });
	await agency.sftp.addFolder('bakery');
	agency.list([
		{ Website: 'https://acme.example', 'Publish To': 'github:acme/site/public' },
		{ Website: 'bakery.example', Method: 'Enhanced', 'Max URLs': 10, 'Publish To': 'sftp:/bakery' },
		{},
		{ Website: 'https://only.example' },
		{ Website: 'https://bad.example', Method: 'fast' },
	]);
	const id = await agency.import();
	for (let i = 0; i < 2; i++) {
		const execution = await agency.run(id);
		console.log(execution.status, execution.error, JSON.stringify(agency.rows, null, 1), repo.commits('main'), await agency.onServer('bakery/llms.txt'), JSON.stringify(agency.slack.messages), agency.google.calls, agency.github.calls);
		for (const [name, run] of Object.entries(execution.nodes)) if (run.error) console.log(name, run.error);
	}
	expect(agency.proxy.unexpected).toEqual([]);
});
