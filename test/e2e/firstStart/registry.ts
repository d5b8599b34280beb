import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { npm } from '../../npm';
import { packument, tarballPath } from '../../packument';

/** A small registry of npm packages that can stop responding in the middle of an installation. */
export interface Registry {
	url: string;
	/** The paths of all requests, e.g. /n8n/-/n8n-1.0.0.tgz */
	requests: string[];
	/** Requests for this path get no response. */
	silentAbout?: string;
	/** The connections of those requests: npm keeps them open as long as it runs. */
	waiting: Set<ServerResponse>;
	close(): Promise<void>;
}

interface Package {
	name: string;
	version: string;
	[field: string]: unknown;
}

/** @param folder where the packages are packed */
export async function startRegistry(folder: string, packages: Package[]): Promise<Registry> {
	const answers = new Map<string, unknown>();
	const server = createServer((request, response) => {
		const path = request.url ?? '';
		registry.requests.push(path);
		const answer = answers.get(path);
		if (path === registry.silentAbout) {
			registry.waiting.add(response);
			response.on('close', () => registry.waiting.delete(response));
		} else if (Buffer.isBuffer(answer)) response.end(answer);
		else response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? {}));
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const registry: Registry = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests: [],
		waiting: new Set(),
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
	for (const manifest of packages) {
		const content = await pack(folder, manifest);
		answers.set(tarballPath(manifest), content);
		answers.set(`/${manifest.name}`, packument(registry.url, [{ manifest, content }]));
	}
	return registry;
}

async function pack(folder: string, manifest: Package): Promise<Buffer> {
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
	await npm(['pack', '--ignore-scripts'], folder);
	return readFile(join(folder, `${manifest.name}-${manifest.version}.tgz`));
}
