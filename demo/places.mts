import axios from 'axios';
import getPort from 'get-port';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlainStop } from './stopping.mjs';

/** The port, or any free one for 0. Stops where it is taken, and says which option gives another. */
export async function freePort(port: number, whose: string, option: string): Promise<number> {
	const free = await getPort({ port: port || undefined });
	if (port === 0 || free === port) return free;
	throw new PlainStop(
		`Port ${port} is taken, and ${whose} needs it. If the demo is running already, use that one or end it.\n` +
			`Else choose another port: npm start -- ${option} ${port + 2}`,
	);
}

/** Notes which n8n uses this folder. Two at once would write to the same database, so a second one stops here. */
export async function claimHome(home: string, url: string): Promise<void> {
	const earlier = await readFile(noteIn(home), 'utf8').catch(() => '');
	if (earlier !== '' && (await answers(`${earlier}/healthz`))) {
		throw new PlainStop(
			`An n8n at ${earlier} already uses the folder ${home}. Use that one or end it, or choose another\n` +
				'folder: npm start -- --home .local/second-demo',
		);
	}
	await writeFile(noteIn(home), url);
}

/** For when that n8n has ended. */
export const releaseHome = (home: string) => rm(noteIn(home), { force: true });

const noteIn = (home: string) => join(home, 'n8n-url');

async function answers(url: string): Promise<boolean> {
	return axios.get(url, { proxy: false, timeout: 2_000 }).then(
		() => true,
		() => false,
	);
}
