import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { Publisher, WEBSITE } from './publishing/publisher';
import { contents } from './publishing/visitors';
import type { Settings } from './template';

const publisher = new Publisher();
let website: string;

beforeAll(async () => publisher.start());
afterAll(async () => publisher.stop());
beforeEach(async () => {
	await publisher.reset();
	website = await publisher.newWebsite();
});
afterEach(() => {
	expect(publisher.proxy.unexpected).toEqual([]);
});

describe('Settings is checked before anything else happens', () => {
	test.each<[string, Settings, string]>([
		[
			'no website',
			{ website: '' },
			'Set website to the address of your website, e.g. https://www.example.com.',
		],
		['a website without https', { website: 'www.example.com' }, 'Set website to the address'],
		['a wrong way of publishing', { publishTo: 'ftp' }, 'Set publishTo to sftp or s3.'],
		['no folder', { folder: ' ' }, 'Set folder to the folder of your website on the server'],
		['no bucket', { publishTo: 's3' }, 'Set bucket to the name of your bucket.'],
		['no page', { maxUrls: 0 }, 'Set maxUrls to the most pages that you want to pay for.'],
		['no day', { newFileEveryDays: 0 }, 'Set newFileEveryDays to 1 or more.'],
		['no channel', { slackChannel: '' }, 'Set slackChannel to a channel of your Slack.'],
		[
			'everything',
			{ website: '', publishTo: '', slackChannel: '' },
			'Set publishTo to sftp or s3. Set slackChannel',
		],
	])('%s', async (_what, settings, expected) => {
		const { status, error } = await publisher.run(await publisher.import(settings));
		expect(status).toBe('error');
		expect(error?.message).toMatch(/^Open the step Settings\. Set /);
		expect(error?.message).toContain(expected);
		expect(publisher.sandbox.requests.entries).toEqual([]);
		expect(publisher.sftp.network.connections).toBe(0);
	});
});

describe('nothing is paid if the server could not take the file anyway; Slack says what to do', () => {
	test('the server does not respond', async () => {
		await publisher.sftp.network.down();
		await publisher.runBySchedule({}, 2);
		expect(publisher.posted).toEqual([
			[
				`The llms.txt file was not published: ${WEBSITE}`,
				expect.stringMatching(/ECONNREFUSED/) as string,
				'Check the SFTP credential, whether the server is running, and the folder in Settings.',
				'The next run tries again. Nothing is paid twice.',
				expect.stringMatching(/^Details: http.*\/executions\/\d+$/) as string,
			],
		]);
		expect(publisher.paid).toBe(0);
	});

	test('the login is refused', async () => {
		const { credential } = publisher.sftp;
		const data = { ...credential.data, username: 'nobody' };
		await publisher.demo.api.saveCredential({ ...credential, data });
		const { status, error } = await publisher.run(await publisher.import());
		await publisher.demo.api.saveCredential(credential);
		expect(status).toBe('error');
		expect(error?.message).toMatch(/authentication methods failed/);
		expect(publisher.paid).toBe(0);
	});

	test('the folder does not exist: it is not made', async () => {
		const { status, error } = await publisher.run(await publisher.import({ folder: '/public_htlm' }));
		expect(status).toBe('error');
		expect(error?.message).toMatch(/No such file.*\/public_htlm/);
		expect(Object.keys(await contents(publisher.sftp.root).catch(() => ({})))).toEqual([]);
		expect(publisher.paid).toBe(0);
	});
});

test('the user may not write in the folder: Slack says so; when this is put right, the next run costs nothing', async () => {
	await chmod(website, 0o555);
	await publisher.runBySchedule({}, 2);
	expect(publisher.posted).toHaveLength(1);
	expect(publisher.posted[0].slice(1, 3)).toEqual([
		expect.stringMatching(/Permission denied/) as string,
		'Check whether the SFTP user may write in the folder, and whether the disk is full.',
	]);
	expect(await contents(website)).toEqual({});

	await chmod(website, 0o755);
	await publisher.publish(await publisher.import());
	expect(await contents(website)).toEqual({ 'llms.txt': publisher.generated });
	expect(publisher.paid).toBe(1);
});

describe('a file that cannot be right is never published', () => {
	const EARLIER = '# Site\n\n- [a](https://a.example)\n';
	test.each([
		['an empty file', '', /empty|0 bytes/i],
		['a web page', '<!DOCTYPE html><html><body>Maintenance</body></html>', /web page/],
		['a file without any link, although the earlier one had some', '# Site\n', /has no links any more/],
	])('%s', async (_what, file, why) => {
		await writeFile(join(website, 'llms.txt'), EARLIER);
		publisher.serve(file);
		const { status, error } = await publisher.run(await publisher.import());
		expect(status).toBe('error');
		expect(error?.message).toMatch(why);
		expect(await contents(website)).toEqual({ 'llms.txt': EARLIER });
	});
});

describe('if Slack does not take a message', () => {
	test('for a moment: it is posted a little later, once', async () => {
		publisher.slack.rejectNext(503, 429);
		await publisher.publish(await publisher.import());
		expect(publisher.posted).toHaveLength(1);
	});

	test('for a moment, after a run that failed: why is posted a little later, once', async () => {
		publisher.slack.rejectNext(503, 429);
		await publisher.runBySchedule({ folder: '/public_htlm' }, 2);
		expect(publisher.posted).toEqual([expect.arrayContaining([expect.stringMatching(/not published/)])]);
	});

	test('the file is published anyway, the execution is listed as failed, and Retry posts the message', async () => {
		publisher.slack.channels = [];
		const [failed, report] = await publisher.runBySchedule({}, 2);
		expect([failed.status, report.status]).toEqual(['error', 'error']);
		expect(failed.error?.message).toMatch(/channel_not_found/);
		expect(await contents(website)).toEqual({ 'llms.txt': publisher.generated });

		publisher.slack.channels = ['general'];
		const { connections } = publisher.sftp.network;
		await publisher.demo.api.retry(failed.id);
		expect(publisher.posted).toEqual([
			[`The first llms.txt is published: ${WEBSITE}/llms.txt`, 'It has 47 links.'],
		]);
		expect(publisher.sftp.network.connections).toBe(connections);
		expect(publisher.paid).toBe(1);
	});
});

test('words of others cannot break the message in Slack', async () => {
	publisher.sandbox.faults.add({
		path: '/generate',
		status: 400,
		body: { message: 'No <!channel> & *stars*' },
	});
	await publisher.runBySchedule({}, 2);
	expect(publisher.posted[0].join('\n')).toContain('No <!channel> & ');
	expect(publisher.posted[0]).toContain('Check your credits, and the address of the website in Settings.');
	expect(publisher.paid).toBe(0);
});

test('the schedule publishes', async () => {
	await writeFile(join(website, 'llms.txt'), '# Old\n\n- [a](https://a.example)\n');
	const [{ status }] = await publisher.runBySchedule({}, 1);
	expect(status).toBe('success');
	expect(publisher.posted).toHaveLength(1);
}, 240_000);

test('the pictures of the workflow', async () => {
	const workflowId = await publisher.import();
	publisher.regenerate();
	const { id: executionId } = await publisher.publish(workflowId);
	await takeWorkflowPictures(publisher.demo, {
		template: 'publish-to-server',
		workflowId,
		executionId,
		height: 1000,
	});
});
