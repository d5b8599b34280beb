import axios from 'axios';
import getPort from 'get-port';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from './stopping.mjs';

/** Returns the port, or any free port for 0. If the port is taken, stops and says which option to use. */
export async function freePort(port: number, whose: string, option: string): Promise<number> {
	const free = await getPort({ port: port || undefined });
	if (port === 0 || free === port) return free;
	throw new UserError(
		`Port ${port} is taken, and ${whose} needs it. If the demo is already running, use that one or stop it.\n` +
			`Otherwise choose another port: npm start -- ${option} ${port + 2}`,
	);
}

/** Records which n8n uses this folder. A second n8n would write to the same database, so it is not started. */
export async function claimHome(home: string, url: string): Promise<void> {
	const earlier = await readFile(urlFileIn(home), 'utf8').catch(() => '');
	if (earlier !== '' && (await answers(`${earlier}/healthz`))) {
		throw new UserError(
			`An n8n at ${earlier} already uses the folder ${home}. Use that n8n or stop it, or choose another\n` +
				'folder: npm start -- --home .local/second-demo',
		);
	}
	await writeFile(urlFileIn(home), url);
}

/** Call this after n8n has stopped. */
export const releaseHome = (home: string) => rm(urlFileIn(home), { force: true });

const urlFileIn = (home: string) => join(home, 'n8n-url');

async function answers(url: string): Promise<boolean> {
	return axios.get(url, { proxy: false, timeout: 2_000 }).then(
		() => true,
		() => false,
	);
}
