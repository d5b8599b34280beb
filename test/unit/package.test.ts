import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PackageDirectoryLoader } from 'n8n-core';

const ROOT = join(__dirname, '../..');

/** Below the repository, so that the unpacked package finds n8n-workflow as it does in n8n. */
const folder = () => {
	mkdirSync(join(ROOT, '.local'), { recursive: true });
	return mkdtempSync(join(ROOT, '.local/package-'));
};

interface Packed {
	filename: string;
	unpackedSize: number;
	files: Array<{ path: string }>;
}

describe('the package that is published', () => {
	const target = folder();
	let packed: Packed;

	beforeAll(() => {
		// npm tells test runs of a library apart from its own settings by these.
		const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
		const options = { cwd: ROOT, env, encoding: 'utf8' as const };
		[packed] = JSON.parse(
			execFileSync('npm', ['pack', '--json', '--pack-destination', target], options),
		) as Packed[];
		execFileSync('tar', ['-xzf', join(target, packed.filename), '-C', target]);
	});
	afterAll(() => rmSync(target, { recursive: true }));

	test('holds dist, README, LICENSE, CHANGELOG and package.json only', () => {
		const outside = packed.files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
		expect(outside.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
		const inside = packed.files.map(({ path }) => path).filter((path) => path.startsWith('dist/'));
		expect(inside.filter((path) => !/\.(js|json|svg)$/.test(path))).toEqual([]);
	});

	test('is under 300 kB unpacked', () => {
		expect(packed.unpackedSize).toBeLessThan(300_000);
	});

	test('loads by n8n’s own loader, with its node, credential and icons', async () => {
		const loader = new PackageDirectoryLoader(join(target, 'package'));
		await loader.loadAll();
		const iconUrl = {
			light: 'icons/n8n-nodes-llmgenerator/dist/icons/llmGenerator.svg',
			dark: 'icons/n8n-nodes-llmgenerator/dist/icons/llmGenerator.dark.svg',
		};
		const names = loader.types.nodes.map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(['llmGenerator', 'llmGeneratorTrigger']));
		for (const node of loader.types.nodes) expect(node.iconUrl).toEqual(iconUrl);
		expect(loader.types.credentials.map(({ name }) => name)).toEqual(['llmGeneratorApi']);
		const main = (await import(join(target, 'package'))) as object;
		expect(Object.keys(main).sort()).toEqual(
			expect.arrayContaining(['LlmGenerator', 'LlmGeneratorApi', 'LlmGeneratorTrigger']),
		);
	});

	test('has no runtime dependency and runs nothing when it is installed', async () => {
		const manifest = (await import(join(target, 'package/package.json'))) as {
			dependencies?: object;
			scripts: object;
			peerDependencies: object;
		};
		expect(manifest.dependencies ?? {}).toEqual({});
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		expect(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
	});
});
