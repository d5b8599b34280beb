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
/** Where each script that runs leaves the name of its package. */
const traces = join(folder, 'traces');
/** With this project's npm settings. */
const project = join(folder, 'project');

/** A dependency that runs a script at every occasion that npm gives. */
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

test('no dependency runs a script while it is installed, and only the one rebuilt by name runs its own', () => {
	npm(project, ['install']);
	npm(project, ['ci']);
	expect(existsSync(join(project, 'node_modules/wanted/package.json'))).toBe(true);
	expect(existsSync(traces)).toBe(false);

	// As demo/installN8n.mts does it for n8n.
	npm(project, ['rebuild', '--ignore-scripts=false', 'wanted']);
	expect(readFileSync(traces, 'utf8')).toBe('wanted wanted wanted ');
});

function npm(cwd: string, args: string[]): void {
	// By these npm hands its own settings to what it runs, and it may be what runs the tests.
	const others = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'));
	const env = { ...Object.fromEntries(others), TRACES: traces };
	execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd, env, stdio: 'pipe' });
}

function writeJson(file: string, content: object): void {
	writeFileSync(file, JSON.stringify(content));
}
