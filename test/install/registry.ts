import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttpsProxy, type HttpsProxy, type MockedRequest, type Reaction } from '../e2e/mocks/httpsProxy';
import { packument, tarballPath, versionDetails, type Tarball } from '../packument';

/** Without a licence, n8n installs from this registry only. */
const HOST = 'registry.npmjs.org';
const ORIGIN = `https://${HOST}`;

/** A mock of npm's registry, behind the proxy that n8n and its npm use: what they ask for one package. */
export interface NpmRegistry {
	/** Environment variables for an n8n, which then reaches only this registry and what is mocked in `proxy`. */
	env: Record<string, string>;
	/** The same for npm, as a file. */
	npmrc: string;
	proxy: HttpsProxy;
	/** Adds a version of the package, which is the latest one from then on. */
	publish(tarball: Tarball): void;
	/** What goes wrong, until it is undefined again. */
	trouble?: Trouble;
	close(): Promise<void>;
}

/** down: no response at all; cut: half of each download arrives; forged: each download is that of the first version. */
export const TROUBLES = ['down', 'cut', 'forged'] as const;
export type Trouble = (typeof TROUBLES)[number];

export async function startRegistry(...published: Tarball[]): Promise<NpmRegistry> {
	const proxy = await startHttpsProxy();
	// Not the cache of this computer: from there, npm takes versions although the registry is down.
	const cache = await mkdtemp(join(tmpdir(), 'llmgenerator-npm-cache-'));
	// All of them, because the npm that runs these tests hands on its own settings.
	const npmSettings = Object.entries({
		cache,
		cafile: proxy.env.NODE_EXTRA_CA_CERTS,
		https_proxy: proxy.env.HTTPS_PROXY,
		fetch_retries: '0',
		update_notifier: 'false',
	});
	const variables = npmSettings.map(([name, value]) => [`npm_config_${name}`, value]);
	const registry: NpmRegistry = {
		env: { ...proxy.env, ...(Object.fromEntries(variables) as Record<string, string>) },
		npmrc: npmSettings.map(([name, value]) => `${name.replaceAll('_', '-')}=${value}\n`).join(''),
		proxy,
		publish: (tarball) => void published.push(tarball),
		async close() {
			await proxy.close();
			await rm(cache, { recursive: true, force: true });
		},
	};
	await proxy.mockHost(HOST, (request) =>
		registry.trouble === 'down' ? 'close' : respond(published, request, registry.trouble),
	);
	// Here, n8n asks whether the package is banned.
	await proxy.mockHost('api.n8n.io', ({ path }) =>
		path === '/api/package' ? { status: 200, json: { status: 'OK' } } : undefined,
	);
	return registry;
}

function respond(published: Tarball[], { method, path }: MockedRequest, trouble?: Trouble): Reaction {
	const [, name, version] = path.split('/');
	const versions = published.filter(({ manifest }) => manifest.name === name);
	if (method !== 'GET' || versions.length === 0) return NOT_FOUND;
	if (version === undefined) return { status: 200, json: packument(ORIGIN, versions) };
	if (version === '-') return download(versions, path, trouble);
	const found =
		version === 'latest' ? versions.at(-1) : versions.find((one) => one.manifest.version === version);
	return found ? { status: 200, json: versionDetails(ORIGIN, found) } : NOT_FOUND;
}

const NOT_FOUND: Reaction = { status: 404, json: { error: 'Not found' } };

function download(versions: Tarball[], path: string, trouble?: Trouble): Reaction {
	const found = versions.find(({ manifest }) => tarballPath(manifest) === path);
	if (!found) return NOT_FOUND;
	const content = trouble === 'forged' ? versions[0].content : found.content;
	return {
		status: 200,
		headers: { 'Content-Length': String(content.length), Connection: 'close' },
		body: trouble === 'cut' ? content.subarray(0, content.length / 2) : content,
	};
}
