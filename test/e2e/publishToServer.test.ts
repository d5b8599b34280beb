import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Publisher, WEBSITE } from './publishing/publisher';
import { contents, identity, Visitors, whenAppears } from './publishing/visitors';

const ADDRESS = `${WEBSITE}/llms.txt`;
/** Slow enough that a test can do something between two commands of n8n to the server. */
const SLOW_MS = 50;
const MEGABYTE = 1024 * 1024;

const publisher = new Publisher();
/** The folder of the website on the server. */
let website: string;
let live: string;

beforeAll(async () => publisher.start());
afterAll(async () => publisher.stop());
beforeEach(async () => {
	await publisher.reset();
	website = await publisher.newWebsite();
	live = join(website, 'llms.txt');
});
afterEach(() => {
	expect(publisher.proxy.unexpected).toEqual([]);
});

describe('a run publishes the file if it changed', () => {
	test('the first file, once: a second run changes nothing, posts nothing and costs nothing', async () => {
		await writeFile(join(website, 'index.html'), '<h1>Harbour Coffee</h1>');
		await writeFile(join(website, 'robots.txt'), 'User-agent: *\n');
		const id = await publisher.import();
		const { nodes } = await publisher.publish(id);
		expect(nodes.Generate.items).toHaveLength(1);
		expect(await contents(website)).toEqual({
			'index.html': '<h1>Harbour Coffee</h1>',
			'robots.txt': 'User-agent: *\n',
			'llms.txt': publisher.generated,
		});
		// The web server, which is another user, may read it.
		expect((await stat(live)).mode & 0o004).toBe(0o004);
		expect(publisher.posted).toEqual([[`The first llms.txt is published: ${ADDRESS}`, 'It has 47 links.']]);
		expect(publisher.slack.messages[0].channel).toBe('#general');

		const before = await identity(live);
		await publisher.publish(id);
		expect(await identity(live)).toEqual(before);
		expect(publisher.posted).toHaveLength(1);
		expect(publisher.paid).toBe(1);
	});

	test('a new file: the file before is kept, and only that one', async () => {
		const id = await publisher.import();
		const texts = [];
		for (let time = 1; time <= 3; time += 1) {
			await publisher.publish(id);
			texts.push(publisher.generated);
			publisher.regenerate();
		}
		expect(await contents(website)).toEqual({ 'llms.txt': texts[2], 'llms-previous.txt': texts[1] });
		expect(publisher.posted.slice(1)).toEqual(
			Array(2).fill([
				`A new llms.txt is published: ${ADDRESS}`,
				'The text changed, the 47 links are the same.',
				'The file before is kept as llms-previous.txt.',
			]),
		);
	});

	test('the message counts the links', async () => {
		await writeFile(
			live,
			'# Old\n\n- [Home](https://www.harbour-coffee.example/)\n- [Gone](https://gone.example/)\n',
		);
		await publisher.publish(await publisher.import({ maxUrls: 5 }));
		expect(publisher.posted[0][1]).toBe('Links: 4 added, 1 removed, 5 now.');
	});

	test('every byte arrives: umlauts, emoji, lines that end as on Windows, a byte order mark', async () => {
		const file = '\uFEFF# Größe 漢字 🙂\r\n\r\n- [a](https://a.example)';
		publisher.serve(file);
		const id = await publisher.import();
		await publisher.publish(id);
		expect(await contents(website)).toEqual({ 'llms.txt': file });
		await publisher.publish(id);
		expect(publisher.posted).toHaveLength(1);

		const oneLetterChanged = file.replace('漢', '漣');
		publisher.serve(oneLetterChanged);
		await publisher.publish(id);
		expect(await contents(website)).toEqual({ 'llms.txt': oneLetterChanged, 'llms-previous.txt': file });
		expect(publisher.posted).toHaveLength(2);
	});

	test.each([
		[
			'slashes at the end, capital letters',
			{ folder: '/public_html/', website: `${WEBSITE}/`, publishTo: ' SFTP ' },
		],
		['the folder as seen after the login', { folder: 'public_html' }],
	])('takes the settings as people write them: %s', async (_what, settings) => {
		await publisher.publish(await publisher.import(settings));
		expect(Object.keys(await contents(website))).toEqual(['llms.txt']);
		expect(publisher.posted[0][0]).toBe(`The first llms.txt is published: ${ADDRESS}`);
	});
});

test('visitors never see half a file, however large it is and however slow the line', async () => {
	const [old, fresh] = [large(), large()];
	publisher.serve(old);
	const id = await publisher.import();
	await publisher.publish(id);
	publisher.serve(fresh);
	publisher.sftp.network.latencyMs = 2;

	const visitors = new Visitors(live);
	const uploads = new Visitors(join(website, 'llms.txt.new'));
	await publisher.publish(id);
	await Promise.all([visitors.leave(), uploads.leave()]);
	expect(visitors.seen.filter((text) => text !== undefined)).toEqual([old, fresh]);
	expect(visitors.visits).toBeGreaterThan(10);
	// The upload took long enough to be seen unfinished, under its other name.
	expect(uploads.seen.length).toBeGreaterThan(3);
	expect(await contents(website)).toEqual({ 'llms.txt': fresh, 'llms-previous.txt': old });
});

describe('whatever breaks, visitors keep the earlier file, and the next run publishes the new one at no cost', () => {
	let id: string;
	let earlier: string;
	beforeEach(async () => {
		id = await publisher.import();
		await publisher.publish(id);
		earlier = publisher.generated;
		publisher.regenerate();
	});

	async function expectFailure(message: RegExp): Promise<void> {
		const { status, error } = await publisher.run(id);
		expect({ status, message: error?.message }).toEqual({
			status: 'error',
			message: expect.stringMatching(message) as string,
		});
	}

	function slowFromUploadOn(): void {
		whenAppears(website, 'llms.txt.new', () => (publisher.sftp.network.latencyMs = SLOW_MS));
	}

	async function expectPublishedByNextRun(): Promise<void> {
		await publisher.sftp.network.reset();
		publisher.sandbox.faults.clear();
		await publisher.publish(id);
		expect(await contents(website)).toEqual({
			'llms.txt': publisher.generated,
			'llms-previous.txt': earlier,
		});
		expect(publisher.paid).toBe(1);
	}

	test('the connection breaks in the middle of the upload, at every try', async () => {
		const file = large();
		publisher.serve(file);
		publisher.sftp.network.cutAfterBytes = MEGABYTE / 2;
		await expectFailure(/./);
		const { 'llms.txt': seen, 'llms.txt.new': half } = await contents(website);
		expect(seen).toBe(earlier);
		expect(half.length).toBeLessThan(file.length);
		await expectPublishedByNextRun();
	});

	test('the connection breaks in the middle of the upload, once: n8n uploads again', async () => {
		const file = large();
		publisher.serve(file);
		publisher.sftp.network.latencyMs = 2;
		whenAppears(website, 'llms.txt.new', () => publisher.sftp.network.cut());
		await publisher.publish(id);
		expect(await contents(website)).toEqual({ 'llms.txt': file, 'llms-previous.txt': earlier });
	});

	test('the first connection of each step before the moves breaks: n8n connects again', async () => {
		await writeFile(join(website, 'llms-previous.txt'), 'older');
		Object.assign(publisher.sftp.network, { connections: 0, brokenConnections: [1, 3, 5, 7, 9] });
		await publisher.publish(id);
		expect(publisher.sftp.network.connections).toBe(11);
		expect(await contents(website)).toEqual({
			'llms.txt': publisher.generated,
			'llms-previous.txt': earlier,
		});
	});

	test('the disk of the server is full', async () => {
		const full = await publisher.sftp.addFolder('full');
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', full]);
		try {
			const { uid, gid } = await stat(website);
			await chown(full, uid, gid);
			await writeFile(join(full, 'llms.txt'), earlier);
			publisher.serve(large());
			const { status, error } = await publisher.run(await publisher.import({ folder: '/full' }));
			expect({ status, message: error?.message }).toEqual({
				status: 'error',
				message: expect.stringMatching(/^Only \d+ of the \d+ bytes arrived on the server\./) as string,
			});
			expect(await contents(full)).toMatchObject({ 'llms.txt': earlier });
		} finally {
			execFileSync('umount', [full]);
		}
	});

	test('the connection breaks between the two moves: the earlier file goes back at once', async () => {
		slowFromUploadOn();
		const visitors = new Visitors(live);
		whenAppears(website, 'llms-previous.txt', () => publisher.sftp.network.cut());
		await expectFailure(/^The new file could not be put in place\..* The earlier file is back\./);
		await visitors.leave();
		expect(visitors.seen).toEqual([earlier, undefined]);
		expect(await contents(website)).toMatchObject({ 'llms.txt': earlier });
		await expectPublishedByNextRun();
	});

	test('the new file vanishes between the two moves: the earlier file goes back at once', async () => {
		slowFromUploadOn();
		whenAppears(website, 'llms-previous.txt', async () => unlink(join(website, 'llms.txt.new')));
		await expectFailure(/The server said: _rename: No such file.* The earlier file is back\./);
		expect(await contents(website)).toEqual({ 'llms.txt': earlier });
		await expectPublishedByNextRun();
	});

	test('the server breaks down between the two moves: the next run puts the earlier file back before anything else', async () => {
		slowFromUploadOn();
		whenAppears(website, 'llms-previous.txt', async () => publisher.sftp.network.down());
		await expectFailure(/Look on the server whether llms\.txt is there\./);
		expect(Object.keys(await contents(website))).toEqual(['llms-previous.txt', 'llms.txt.new']);

		await publisher.sftp.network.reset();
		publisher.sandbox.faults.add({ path: '/sites', status: 503 });
		await expectFailure(/./);
		expect(await contents(website)).toMatchObject({ 'llms.txt': earlier });
		await expectPublishedByNextRun();
	});

	test('n8n is killed between the two moves', async () => {
		slowFromUploadOn();
		const { demo } = publisher;
		whenAppears(website, 'llms-previous.txt', () => process.kill(-demo.n8nPid, 'SIGKILL'));
		await Promise.all([demo.ended, publisher.run(id).catch(() => undefined)]);
		expect(Object.keys(await contents(website))).toEqual(['llms-previous.txt', 'llms.txt.new']);
		await publisher.restart();
		await expectPublishedByNextRun();
	});
});

/** A file that cannot be compressed on its way, which would make it small. */
function large(): string {
	const lines = Array.from({ length: 30_000 }, () => randomBytes(32).toString('hex'));
	return `# Large\n\n- [a](https://a.example)\n${lines.join('\n')}\n`;
}
