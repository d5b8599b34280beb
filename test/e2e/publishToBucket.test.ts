import axios from 'axios';
import { Publisher, WEBSITE } from './publishing/publisher';

const BUCKET = 'harbour-coffee';
const SETTINGS = { publishTo: 's3', bucket: BUCKET };

const publisher = new Publisher();

beforeAll(async () => publisher.start());
afterAll(async () => publisher.stop());
beforeEach(async () => {
	await publisher.reset();
	await publisher.s3.reset(BUCKET);
});
afterEach(() => {
	expect(publisher.proxy.unexpected).toEqual([]);
});

describe('a run publishes the file in a bucket (S3, R2) if it changed', () => {
	test('the first file, once: a second run changes nothing, posts nothing and costs nothing', async () => {
		const id = await publisher.import(SETTINGS);
		await publisher.publish(id);
		expect(await visit('llms.txt')).toEqual({ type: 'text/plain; charset=utf-8', text: publisher.generated });
		expect(await visit('llms-previous.txt')).toBeUndefined();
		expect(publisher.posted).toEqual([
			[`The first llms.txt is published: ${WEBSITE}/llms.txt`, 'It has 47 links.'],
		]);

		publisher.s3.requests.length = 0;
		await publisher.publish(id);
		expect(publisher.s3.requests).toEqual([`GET /${BUCKET}`, `GET /${BUCKET}/llms.txt`]);
		expect(publisher.posted).toHaveLength(1);
		expect(publisher.paid).toBe(1);
	});

	test('a new file: the file before is kept, and only that one', async () => {
		const id = await publisher.import(SETTINGS);
		const texts = [];
		for (let time = 1; time <= 3; time += 1) {
			await publisher.publish(id);
			texts.push(publisher.generated);
			publisher.regenerate();
		}
		expect(await visit('llms.txt')).toMatchObject({ text: texts[2] });
		expect(await visit('llms-previous.txt')).toEqual({ type: 'text/plain; charset=utf-8', text: texts[1] });
		expect(publisher.posted[2]).toEqual([
			`A new llms.txt is published: ${WEBSITE}/llms.txt`,
			'The text changed, the 47 links are the same.',
			'The file before is kept as llms-previous.txt.',
		]);
	});

	test('every byte arrives: umlauts, emoji, lines that end as on Windows, a byte order mark', async () => {
		const file = '\uFEFF# Größe 漢字 🙂\r\n\r\n- [a](https://a.example)';
		publisher.serve(file);
		const id = await publisher.import(SETTINGS);
		await publisher.publish(id);
		expect(await visit('llms.txt')).toMatchObject({ text: file });
		await publisher.publish(id);
		expect(publisher.posted).toHaveLength(1);
	});

	test('other files whose names begin the same do not matter', async () => {
		await axios.put(`${publisher.s3.origin}/${BUCKET}/llms.txt.bak`, 'x', { proxy: false });
		await publisher.publish(await publisher.import(SETTINGS));
		expect(publisher.posted[0]).toContain('It has 47 links.');
	});
});

describe('if the bucket does not take the file, the earlier one stays, and the next run publishes at no cost', () => {
	test.each([
		['for a moment, n8n tries again', [503, 500], 'success'],
		['for longer', [503, 503, 503], 'error'],
		['because the key may not write', [403, 403, 403], 'error'],
	])('%s', async (_what, statuses, expected) => {
		const id = await publisher.import(SETTINGS);
		await publisher.publish(id);
		const earlier = publisher.generated;
		publisher.regenerate();
		publisher.s3.failNext(/^PUT .*\/llms\.txt$/, ...statuses);
		const { status } = await publisher.run(id);
		expect(status).toBe(expected);
		const published = expected === 'success' ? publisher.generated : earlier;
		expect(await visit('llms.txt')).toMatchObject({ text: published });

		await publisher.publish(id);
		expect(await visit('llms.txt')).toMatchObject({ text: publisher.generated });
		expect(await visit('llms-previous.txt')).toMatchObject({ text: earlier });
		expect(publisher.paid).toBe(1);
		expect(publisher.posted).toHaveLength(2);
	});

	test('if the earlier file cannot be kept, the new one is not published', async () => {
		const id = await publisher.import(SETTINGS);
		await publisher.publish(id);
		const earlier = publisher.generated;
		publisher.regenerate();
		publisher.s3.failNext(/^PUT .*\/llms-previous\.txt$/, 503, 503, 503);
		expect((await publisher.run(id)).status).toBe('error');
		expect(await visit('llms.txt')).toMatchObject({ text: earlier });
	});
});

describe('nothing is paid if the bucket could not take the file anyway', () => {
	test('there is no such bucket', async () => {
		const { status, error } = await publisher.run(await publisher.import({ ...SETTINGS, bucket: 'gone' }));
		expect(status).toBe('error');
		expect(error?.message).toMatch(/could not be found/);
		expect(publisher.paid).toBe(0);
	});

	test('the key is not accepted', async () => {
		const { credential } = publisher.s3;
		const data = { ...credential.data, secretAccessKey: 'wrong' };
		await publisher.demo.api.saveCredential({ ...credential, data });
		const { status, error } = await publisher.run(await publisher.import(SETTINGS));
		await publisher.demo.api.saveCredential(credential);
		expect(status).toBe('error');
		expect(error?.message).toMatch(/Forbidden/);
		expect(publisher.paid).toBe(0);
	});
});

/** What the website shows at this address; undefined if there is no such file. */
async function visit(name: string): Promise<{ type: unknown; text: string } | undefined> {
	const { status, headers, data } = await axios.get<Buffer>(`${publisher.s3.origin}/${BUCKET}/${name}`, {
		proxy: false,
		responseType: 'arraybuffer',
		validateStatus: (code) => code === 200 || code === 404,
	});
	return status === 200 ? { type: headers['content-type'], text: data.toString() } : undefined;
}
