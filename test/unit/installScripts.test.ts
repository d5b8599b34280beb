import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { environmentForNpm, npm } from '../npm';

const NPMRC = resolve(__dirname, '../../.npmrc');
const OFFLINE = ['--offline', '--no-audit', '--no-fund'];

const folder = mkdtempSync(join(tmpdir(), 'install-scripts-'));
/** Each script that runs appends the name of its package to this file. */
const traces = join(folder, 'traces');
const WITH_TRACES = environmentForNpm({ TRACES: traces });
/** A project with the npm settings of this repository. */
const project = join(folder, 'project');

/** A dependency with a script for each step of an installation. */
async function writeDependency(name: string): Promise<void> {
	const script = `node -e "require('fs').appendFileSync(process.env.TRACES, '${name} ')"`;
	const scripts = { preinstall: script, install: script, postinstall: script };
	mkdirSync(join(folder, name));
	writeJson(join(folder, name, 'package.json'), { name, version: '1.0.0', scripts });
	await npm(['pack', '--ignore-scripts'], join(folder, name));
}

beforeAll(async () => {
	await writeDependency('wanted');
	await writeDependency('other');
	mkdirSync(project);
	copyFileSync(NPMRC, join(project, '.npmrc'));
	const dependencies = { wanted: 'file:../wanted/wanted-1.0.0.tgz', other: 'file:../other/other-1.0.0.tgz' };
	writeJson(join(project, 'package.json'), { private: true, dependencies });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('no dependency runs a script during installation, and npm rebuild runs only the scripts of the named one', async () => {
	await npm(['install', ...OFFLINE], project, WITH_TRACES);
	await npm(['ci', ...OFFLINE], project, WITH_TRACES);
	expect(existsSync(join(project, 'node_modules/wanted/package.json'))).toBe(true);
	expect(existsSync(traces)).toBe(false);

	// demo/databaseDriver.mjs does the same for n8n.
	await npm(['rebuild', '--ignore-scripts=false', 'wanted'], project, WITH_TRACES);
	expect(readFileSync(traces, 'utf8')).toBe('wanted wanted wanted ');
});

function writeJson(file: string, content: object): void {
	writeFileSync(file, JSON.stringify(content));
}
