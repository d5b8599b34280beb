import { execFileSync } from 'node:child_process';
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

const NPMRC = resolve(__dirname, '../../.npmrc');

const folder = mkdtempSync(join(tmpdir(), 'install-scripts-'));
/** Each script that runs appends the name of its package to this file. */
const traces = join(folder, 'traces');
/** A project with the npm settings of this repository. */
const project = join(folder, 'project');

/** A dependency with a script for each step of an installation. */
function writeDependency(name: string): void {
	const script = `node -e "require('fs').appendFileSync(process.env.TRACES, '${name} ')"`;
	const scripts = { preinstall: script, install: script, postinstall: script };
	mkdirSync(join(folder, name));
	writeJson(join(folder, name, 'package.json'), { name, version: '1.0.0', scripts });
	npm(join(folder, name), ['pack', '--ignore-scripts']);
}

beforeAll(() => {
	writeDependency('wanted');
	writeDependency('other');
	mkdirSync(project);
	copyFileSync(NPMRC, join(project, '.npmrc'));
	const dependencies = { wanted: 'file:../wanted/wanted-1.0.0.tgz', other: 'file:../other/other-1.0.0.tgz' };
	writeJson(join(project, 'package.json'), { private: true, dependencies });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('no dependency runs a script during installation, and npm rebuild runs only the scripts of the named one', () => {
	npm(project, ['install']);
	npm(project, ['ci']);
	expect(existsSync(join(project, 'node_modules/wanted/package.json'))).toBe(true);
	expect(existsSync(traces)).toBe(false);

	// demo/installN8n.mts does the same for n8n.
	npm(project, ['rebuild', '--ignore-scripts=false', 'wanted']);
	expect(readFileSync(traces, 'utf8')).toBe('wanted wanted wanted ');
});

function npm(cwd: string, args: string[]): void {
	// If npm runs the tests, these variables contain its settings.
	const others = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'));
	const env = { ...Object.fromEntries(others), TRACES: traces };
	execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd, env, stdio: 'pipe' });
}

function writeJson(file: string, content: object): void {
	writeFileSync(file, JSON.stringify(content));
}
