/** Each message that docs/troubleshooting.md quotes, as a user gets it. */
import { generateCACertificate } from 'mockttp';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule } from '../../sandbox/faults';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { installPackage, removePackage, runNode, type NodeRun } from './n8n';
import { page, quotes, quotesOf } from './troubleshootingPage';

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
	sandbox.reset({ rows: 10 });
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
	return (await runNode(run)).error?.message ?? 'no message';
}

const balance = { operation: 'getBalance' };
const checkout = { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } };
const generate = (more: IDataObject = {}) =>
	({ resource: 'file', operation: 'generate', url: 'https://example.com', ...more }) as INodeParameters;
const download = (more: IDataObject = {}) =>
	({ resource: 'file', operation: 'download', siteId: locator('url', SITE), ...more }) as INodeParameters;
const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
const quick = { maxWaitMinutes: 1 / 60 };
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

const CASES: Array<[string, () => Promise<string>]> = [
	[
		'a package that is not there',
		async () => {
			await removePackage();
			return await messageOf(balance).catch(({ message }: Error) => message);
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
	const said = await message();
	const found = quotesOf(said);
	found.forEach((quote) => seen.add(quote));
	expect({ said, found }).toEqual({ said, found: [expect.any(String)] });
});

test('every message that the page quotes was one of these', () => {
	// ssrf.test.ts: n8n reads the settings of its protection when it is loaded.
	const others = quotes.filter((quote) => !quote.includes('(SSRF)'));
	expect(others.filter((quote) => !seen.has(quote))).toEqual([]);
});

test('every link of the page leads somewhere', () => {
	const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\- ]/gu, '')
			.replace(/ /g, '-'),
	);
	const anchors = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
	expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
});
