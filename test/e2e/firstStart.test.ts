import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { environmentForNpm, npm } from '../npm';
import { outputOf } from '../output';
import { until } from '../until';
import { startRegistry, type Registry } from './firstStart/registry';

const DEMO = resolve(__dirname, '../../demo');
const TSX = pathToFileURL(require.resolve('tsx')).href;
const N8N = '/n8n/-/n8n-1.0.0.tgz';
const OTHER = '/other/-/other-1.0.0.tgz';
const SQLITE = '/sqlite3/-/sqlite3-1.0.0.tgz';
const DRIVER = 'build/Release/node_sqlite3.node';
/** The demo installs these packages as it installs n8n; the real one would take minutes for each test. */
const PACKAGES = [
	{ name: 'tsx', version: '1.0.0' },
	{
		name: 'n8n',
		version: '1.0.0',
		dependencies: { other: '1.0.0', sqlite3: '1.0.0' },
		engines: { node: '>=20' },
	},
	{ name: 'other', version: '1.0.0' },
	{
		name: 'sqlite3',
		version: '1.0.0',
		scripts: {
			install: `node -e "fs.mkdirSync('build/Release', { recursive: true }); fs.writeFileSync('${DRIVER}', '')"`,
		},
	},
];

let folder: string;
let project: string;
let registry: Registry;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'llmgenerator first start Grüße '));
	registry = await startRegistry(folder, PACKAGES);
	env = environmentForNpm({
		npm_config_registry: registry.url,
		npm_config_cache: join(folder, 'cache'),
		npm_config_fetch_retries: '0',
		// What a killed installation leaves there is deleted with everything else.
		TMPDIR: folder,
	});
	project = join(folder, 'project');
	await cp(DEMO, join(project, 'demo'), {
		recursive: true,
		filter: (path) => !path.includes('node_modules'),
	});
	await pin(join(project, 'demo', 'n8n'), { n8n: '1.0.0' });
	await pin(project, { sqlite3: '1.0.0' });
	registry.requests.length = 0;
});

afterEach(async () => {
	await registry.close();
	await rm(folder, { recursive: true, force: true });
});

/** Writes a package.json, and a package-lock.json like the ones in this repository, without addresses. */
async function pin(where: string, dependencies: Record<string, string>): Promise<void> {
	const pinned = await mkdtemp(join(folder, 'pinned-'));
	await writeFile(join(pinned, 'package.json'), JSON.stringify({ private: true, dependencies }));
	const withoutAddresses = ['--package-lock-only', '--omit-lockfile-registry-resolved'];
	await npm(['install', ...withoutAddresses, '--cache', join(pinned, 'cache')], pinned, env);
	for (const file of ['package.json', 'package-lock.json']) await cp(join(pinned, file), join(where, file));
}

/** Runs a program with the files of the demo, and collects what it prints. */
function run(args: string[]) {
	const child = spawn(process.execPath, ['--import', TSX, ...args], { cwd: project, env });
	return { child, ended: outputOf(child) };
}

const installN8n = () => run(['demo/install.mjs']);
const installPackages = () =>
	run([
		'--input-type=module',
		'--eval',
		`import { installPackages } from './demo/npm.mjs';
		import { stopSignal } from './demo/stopping.mjs';
		import { packagesAreInstalled, ROOT } from './demo/upToDate.mjs';
		if (!packagesAreInstalled()) await installPackages('Installing', { cwd: ROOT, signal: stopSignal });
		console.log('installed:', packagesAreInstalled());`,
	]);

const local = async () => (await readdir(join(project, '.local'))).sort();

test('n8n: npm asks only for the packages themselves, and the progress is shown', async () => {
	const { code, output } = await installN8n().ended;

	expect({ code, output }).toEqual({
		code: 0,
		output: expect.stringContaining('n8n 1.0.0 is installed') as string,
	});
	expect(output).toContain('Installing n8n: 0 of 3 packages');
	expect(output).toContain('Installing n8n: 3 of 3 packages');
	expect(new Set(registry.requests)).toEqual(new Set(['/tsx', N8N, OTHER, SQLITE]));
	expect(existsSync(join(project, '.local/n8n-1.0.0/node_modules/sqlite3', DRIVER))).toBe(true);
	expect(await local()).toEqual(['n8n-1.0.0']);
});

test('n8n: the driver of another n8n with the same sqlite3 is used, and not compiled again', async () => {
	await installN8n().ended;
	const another = join(project, '.local/n8n-0.9.0');
	await rename(join(project, '.local/n8n-1.0.0'), another);
	await writeFile(join(another, 'node_modules/sqlite3', DRIVER), 'the one of 0.9.0');
	const installed = join(project, '.local/n8n-1.0.0/node_modules/sqlite3', DRIVER);

	expect(await installN8n().ended).toMatchObject({ code: 0 });
	expect(await readFile(installed, 'utf8')).toBe('the one of 0.9.0');

	// Another version of sqlite3, or a removal that was interrupted: a new driver.
	await rm(join(project, '.local/n8n-1.0.0'), { recursive: true });
	await rm(join(another, 'node_modules/sqlite3', DRIVER));
	expect(await installN8n().ended).toMatchObject({ code: 0 });
	expect(await readFile(installed, 'utf8')).toBe('');
}, 60_000);

describe.each([
	['Ctrl-C', 'SIGINT', 1],
	['killed', 'SIGKILL', null],
] as const)('%s while packages are downloaded', (_, signal, exitCode) => {
	async function interrupt({ child, ended }: ReturnType<typeof run>, path: string, before: string) {
		registry.silentAbout = path;
		await until(
			() => registry.waiting.size > 0 && registry.requests.includes(before),
			'nothing was requested',
		);
		child.kill(signal);
		expect((await ended).code).toBe(exitCode);
		await until(() => registry.waiting.size === 0, 'npm is still running');
		registry.silentAbout = undefined;
	}

	test('n8n: the next start continues with the packages that are missing', async () => {
		await interrupt(installN8n(), N8N, OTHER);
		expect(await local()).toEqual([expect.stringMatching(/^installing-/)]);

		expect(await installN8n().ended).toMatchObject({ code: 0 });
		expect(await local()).toEqual(['n8n-1.0.0']);
		expect(registry.requests.filter((path) => path === OTHER)).toHaveLength(1);
	});

	test('packages of the project: the next start installs them', async () => {
		await interrupt(installPackages(), SQLITE, '/sqlite3');

		const { code, output } = await installPackages().ended;
		expect({ code, output }).toEqual({
			code: 0,
			output: expect.stringContaining('installed: true') as string,
		});
	});
});

test('packages of the project: an older installation that was replaced only in part is not taken for a complete one', async () => {
	await installPackages().ended;
	await pin(project, { n8n: '1.0.0' });
	registry.silentAbout = N8N;
	const { child, ended } = installPackages();
	await until(() => registry.waiting.size > 0, 'nothing was requested');
	child.kill('SIGKILL');
	await ended;
	await pin(project, { sqlite3: '1.0.0' });

	expect((await installPackages().ended).output).toMatch(/Installing: .*installed: true/s);
});

test('the connection breaks: a message says why and what to do, and the next start continues', async () => {
	registry.silentAbout = N8N;
	const { ended } = installN8n();
	await until(() => registry.waiting.size > 0 && registry.requests.includes(OTHER), 'nothing was requested');
	for (const response of registry.waiting) response.destroy();

	const { code, output } = await ended;
	expect(code).toBe(1);
	expect(output).toMatch(/registry could not be reached.*run npm start again/s);
	expect(output).not.toMatch(/\n\s+at /);

	registry.silentAbout = undefined;
	expect(await installN8n().ended).toMatchObject({ code: 0 });
	expect(await local()).toEqual(['n8n-1.0.0']);
	expect(registry.requests.filter((path) => path === OTHER)).toHaveLength(1);
});
