/** Each message that docs/troubleshooting.md and README quote, as a user gets it. */
import { generateCACertificate } from 'mockttp';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule } from '../../sandbox/faults';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { installPackage, removePackage, runNode, type NodeRun } from './n8n';
import { inReadme, onPage, page, quotesOf } from './quotedMessages';

const KEY = 'llmgen_sandbox_key';
const SITE = 'https://harbour-coffee.example';
const seen = new Set<string>();
let sandbox: Sandbox;
/** A server whose certificate nobody knows. */
let untrusted: Server;

jest.setTimeout(60_000);
beforeAll(async () => {
	sandbox = await startSandbox();
	untrusted = createServer(await generateCACertificate());
	await new Promise<void>((resolve) => untrusted.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
	sandbox.reset({ rows: 0 });
	sandbox.generation.fileOrigin = undefined;
	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	sandbox.jobs.start({ url: SITE }, { durationMs: 0 });
});
afterEach(() => {
	installPackage();
	delete process.env.HTTPS_PROXY;
});
afterAll(async () => {
	untrusted.close();
	await sandbox.close();
});

async function messageOf(parameters: INodeParameters, more: Partial<NodeRun> = {}, credential = {}) {
	const run = { parameters, credential: { apiKey: KEY, baseUrl: sandbox.baseUrl, ...credential }, ...more };
	// n8n itself refuses a workflow without a required value.
	const { message } = await runNode(run).then(
		({ error }) => error ?? { message: 'no message' },
		(error: Error) => error,
	);
	return message;
}

const balance = { operation: 'getBalance' };
const checkout = { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } };
const generate = (more: IDataObject = {}) =>
	({ resource: 'file', operation: 'generate', url: 'https://example.com', ...more }) as INodeParameters;
const download = (more: IDataObject = {}) =>
	({ resource: 'file', operation: 'download', siteId: locator('url', SITE), ...more }) as INodeParameters;
const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
const quick = { maxWaitMinutes: 1 / 60 };
const between = (createdAfter: string, createdBefore: string) => ({ createdAfter, createdBefore });
const restrictedTo = (allowedDomains: string) => ({ allowedHttpRequestDomains: 'domains', allowedDomains });
const faulty = (rule: FaultRule, parameters: INodeParameters = balance) => {
	sandbox.faults.add(rule);
	return messageOf(parameters);
};
const withCredential = (credential: object) => messageOf(balance, {}, credential);
const proxied = (address: string) => {
	process.env.HTTPS_PROXY = address;
	return withCredential({ baseUrl: 'https://api.llmgenerator.invalid/api/v1' });
};
const addressOf = (server: Server) => `https://localhost:${(server.address() as AddressInfo).port}`;

const history = (more: INodeParameters) => ({ operation: 'getHistory', ...more });
const withUrl = (name: string, url: string) => messageOf({ ...checkout, additionalFields: { [name]: url } });

const REFUSED: Array<[string, () => Promise<string>]> = [
	['no package', () => messageOf({ ...checkout, packageId: locator('id', '={{ "" }}') })],
	[
		'a package without an ID',
		() => messageOf({ ...checkout, packageId: locator('id', '={{ ({ name: "Pro" }) }}') }),
	],
	['a path', () => withUrl('successUrl', '/thanks')],
	['a line break', () => withUrl('successUrl', 'https://example.com/\nthanks')],
	['double braces', () => withUrl('successUrl', 'https://example.com?session_id={{CHECKOUT_SESSION_ID}}')],
	['a limit of 0', () => messageOf(history({ limit: 0 }))],
	['neither yes nor no', () => messageOf(history({ returnAll: '={{ "maybe" }}' }))],
	['no URL', () => messageOf(generate({ url: '={{ "" }}' }))],
	['a type that is none', () => messageOf(history({ filters: { type: '={{ "usages" }}' } }))],
	['a sort order that is none', () => messageOf(history({ options: { sort: '={{ "newest" }}' } }))],
	['a date that is none', () => messageOf(history({ filters: { createdAfter: 'yesterday' } }))],
	['dates in the wrong order', () => messageOf(history({ filters: between('2026-02-01', '2026-01-01') }))],
	['dates at the same time', () => messageOf(history({ filters: between('2026-01-01', '2026-01-01') }))],
	[
		'no time zone',
		() => messageOf(history({ filters: between('2026-01-01', '2026-02-01') }), { timezone: 'Mars/Phobos' }),
	],
	['a site of nobody', () => messageOf(download({ siteId: locator('url', 'https://example.com') }))],
	[
		'an address of several sites',
		() => {
			for (const url of ['https://www.example.com', 'https://example.com'])
				sandbox.jobs.start({ url }, { durationMs: 0 });
			return messageOf(download({ siteId: locator('url', 'http://example.com') }));
		},
	],
	['a timeout that is none', () => messageOf({ ...balance, options: { timeoutSeconds: '={{ "soon" }}' } })],
	['a Base URL without encryption', () => withCredential({ baseUrl: 'http://api.llmgenerator.com' })],
	['no API key', () => withCredential({ apiKey: '' })],
	['a line break in the API key', () => withCredential({ apiKey: 'llmgen_\n7' })],
];

const CASES: Array<[string, () => Promise<string>]> = [
	[
		'a package that is not there',
		async () => {
			await removePackage();
			return await messageOf(balance);
		},
	],
	[
		'a package that is removed meanwhile',
		async () => {
			const said = faulty({ delayMs: 300, status: 503 });
			while (sandbox.requests.entries.length === 0) await sleep(5);
			await removePackage();
			return await said;
		},
	],
	['a field that is missing', () => messageOf({ ...checkout, packageId: locator('id', '') })],
	['a wrong key', () => withCredential({ apiKey: 'llmgen_wrong' })],
	['an empty key', () => withCredential({ apiKey: '' })],
	['a shortened key', () => withCredential({ apiKey: 'llmgen_…' })],
	['a missing permission', () => faulty({ status: 403, body: { message: 'Missing permission' } })],
	[
		'Enhanced on the free plan',
		() => faulty({ path: '/generate', status: 403 }, generate({ generationMethod: 'enhanced' })),
	],
	['a Base URL without /api/v1', () => withCredential({ baseUrl: sandbox.origin + '/nowhere' })],
	['a Base URL of a website', () => faulty({ rawBody: '<!doctype html><title>Log in</title>' })],
	['a Base URL that is none', () => withCredential({ baseUrl: 'api.llmgenerator.com' })],
	['a Base URL without encryption', () => withCredential({ baseUrl: 'http://api.llmgenerator.com' })],
	['a domain that is not allowed', () => withCredential(restrictedTo('api.llmgenerator.com'))],
	[
		'a file on a domain that is not allowed',
		() => {
			sandbox.generation.fileOrigin = 'https://files.example';
			return messageOf(download(), {}, restrictedTo('127.0.0.1'));
		},
	],
	['a proxy that is down', () => proxied('http://127.0.0.1:1')],
	['a firewall', () => faulty({ status: 403, body: '<html><title>Just a moment...</title></html>' })],
	['a certificate that nobody knows', () => withCredential({ baseUrl: addressOf(untrusted) })],
	['a host that does not exist', () => withCredential({ baseUrl: 'https://llmgenerator.invalid' })],
	['a server that is not there', () => withCredential({ baseUrl: 'http://127.0.0.1:1' })],
	['a connection that is cut', () => faulty({ reset: 'middle' })],
	['429 for two hours', () => faulty({ status: 429, headers: { 'Retry-After': '7200' } })],
	[
		'429 without an end',
		() =>
			faulty(
				{ status: 429, headers: { 'Retry-After': '0.05' } },
				{ ...balance, options: { maxWaitSeconds: 0.5 } },
			),
	],
	['500', () => faulty({ status: 500, body: { message: 'Oh no' } })],
	['no response', () => faulty({ stall: 'headers' }, { ...balance, options: { timeoutSeconds: 0.1 } })],
	[
		'a file of 17 MB, as text',
		() => faulty({ path: '/file', file: { bytes: 17_000_000 } }, download({ outputAs: 'text' })),
	],
	[
		'a time zone that is none',
		() =>
			messageOf(
				{ operation: 'getHistory', filters: { createdAfter: '2026-01-31T09:00:00' } },
				{ timezone: 'Mars/Phobos' },
			),
	],
	[
		'a generation without credits',
		() => {
			const options = { maxUrls: 50 };
			return faulty({ path: '/generate', status: 402, body: { message: 'Too few' } }, generate({ options }));
		},
	],
	[
		'a generation that takes long',
		() => faulty({ path: '/generate', job: { endless: true } }, generate({ options: quick })),
	],
	[
		'a start that is lost',
		() => faulty({ method: 'POST', path: '/generate', reset: 'before' }, generate({ options: quick })),
	],
	['a generation that fails', () => faulty({ path: '/generate', job: { fails: 'Blocked' } }, generate())],
	[
		'a file that is being generated',
		() => {
			sandbox.jobs.start({ url: SITE }, { endless: true });
			return messageOf(download());
		},
	],
	['a full text that was not generated', () => messageOf(download({ fullText: true }))],
	[
		'a site that the account does not have',
		() => messageOf(download({ siteId: locator('url', 'https://nobody.example') })),
	],
	['a checkout that may have been created', () => faulty({ status: 500 }, checkout)],
];

test.each(CASES)('the page quotes what the node says: %s', async (_what, message) => {
	expectQuoted(await message(), onPage);
});

test.each(REFUSED)('README quotes what the node says: %s', async (_what, message) => {
	expectQuoted(await message(), inReadme);
});

function expectQuoted(said: string, among: string[]): void {
	const found = quotesOf(said, among);
	found.forEach((quote) => seen.add(quote));
	expect({ said, found }).toEqual({ said, found: [expect.any(String)] });
}

test('every message that they quote was one of these', () => {
	// ssrf.test.ts: n8n reads the settings of its protection when it is loaded.
	const others = [...onPage, ...inReadme].filter((quote) => !quote.includes('(SSRF)'));
	expect(others.filter((quote) => !seen.has(quote))).toEqual([]);
});

test('every link of the page within this repository leads somewhere', () => {
	const links = [...page.matchAll(/\]\((?!https:)([^)#]*)#?([^)]*)\)/g)];
	expect(links.length).toBeGreaterThan(20);
	for (const [link, path, anchor] of links) {
		const text = readFileSync(join(__dirname, '../../docs', path || 'troubleshooting.md'), 'utf8');
		const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
			heading
				.toLowerCase()
				.replace(/[^\p{L}\p{N}\- ]/gu, '')
				.replace(/ /g, '-'),
		);
		if (anchor)
			expect({ link, headings }).toEqual({ link, headings: expect.arrayContaining([anchor]) as string[] });
	}
});
