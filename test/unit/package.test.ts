import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { PackageDirectoryLoader } from 'n8n-core';
import project from '../../package.json';
import demo from '../../demo/package.json';
import { packInto, type Packed } from '../packed';

const ROOT = join(__dirname, '../..');

/** Inside the repository, so that the unpacked package finds n8n-workflow, as it does in n8n. */
const folder = () => {
	mkdirSync(join(ROOT, '.local'), { recursive: true });
	return mkdtempSync(join(ROOT, '.local/package-'));
};

/** The path of a source file in the package: only scripts, codex files, output previews and icons may be in it. */
function published(path: string): string {
	const compiled = path.replace(/\.ts$/, '.js');
	if (!/\.(js|json|svg)$/.test(compiled)) throw new Error(`${path} must not be in the package`);
	return `dist/${compiled}`;
}

describe('the package that is published', () => {
	const target = folder();
	let packed: Packed;

	beforeAll(async () => {
		packed = await packInto(target);
	});
	afterAll(() => rmSync(target, { recursive: true }));

	test('contains the built nodes, credentials and icons, documents, and nothing else', () => {
		const sources = ['nodes', 'credentials', 'icons'].flatMap((source) =>
			readdirSync(join(ROOT, source), { recursive: true, withFileTypes: true })
				.filter((entry) => entry.isFile())
				.map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)).replaceAll(sep, '/')),
		);
		const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
		const allowed = [...documents, 'dist/index.js', ...sources.map(published)];
		expect(packed.files.toSorted()).toEqual(allowed.sort());
	});

	test('is under 400 kB unpacked', () => {
		expect(packed.unpackedSize).toBeLessThan(400_000);
	});

	test('can be loaded by n8n’s loader, with its nodes, credential and icons', async () => {
		const loader = new PackageDirectoryLoader(packed.folder);
		await loader.loadAll();
		const iconUrl = {
			light: 'icons/n8n-nodes-llmgenerator/dist/icons/llmGenerator.svg',
			dark: 'icons/n8n-nodes-llmgenerator/dist/icons/llmGenerator.dark.svg',
		};
		const names = loader.types.nodes.map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(['llmGenerator', 'llmGeneratorTrigger']));
		for (const node of loader.types.nodes) expect(node.iconUrl).toEqual(iconUrl);
		expect(loader.types.credentials.map(({ name }) => name)).toEqual(['llmGeneratorApi']);
		const main = (await import(packed.folder)) as object;
		expect(Object.keys(main).sort()).toEqual(
			expect.arrayContaining(['LlmGenerator', 'LlmGeneratorApi', 'LlmGeneratorTrigger']),
		);
	});

	test('names its author and its repository', async () => {
		const { author, homepage, bugs, repository, license } = (await import(
			join(packed.folder, 'package.json')
		)) as Record<'homepage' | 'bugs' | 'license', string> & {
			author: { name: string; email: string };
			repository: { type: string; url: string };
		};
		const at = /^git\+(https:\/\/github\.com\/[\w-]+\/[\w.-]+)\.git$/.exec(repository.url)?.[1];
		expect(at).toBeDefined();
		expect({ type: repository.type, homepage, bugs, license }).toEqual({
			type: 'git',
			homepage: `${at}#readme`,
			bugs: `${at}/issues`,
			license: 'MIT',
		});
		expect(author.name).toMatch(/\w/);
		expect(author.email).toMatch(/^[^\s@]+@[^\s@]+\.[a-z]+$/);
	});

	test('has no runtime dependencies and runs no scripts during installation', async () => {
		const manifest = (await import(join(packed.folder, 'package.json'))) as {
			dependencies?: object;
			scripts: object;
			peerDependencies: object;
		};
		expect(manifest.dependencies ?? {}).toEqual({});
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		const byNpm = /^((pre|post)?install|(pre|post)?prepare|prepublish)$/;
		expect(Object.keys(manifest.scripts).filter((name) => byNpm.test(name))).toEqual([]);
	});
});

test('what the project and its demo both use has one version', () => {
	const versions = { ...demo.dependencies, ...project.devDependencies };
	expect(versions).toEqual({ ...project.devDependencies, ...demo.dependencies });
});
