import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const NODES = resolve(__dirname, '../../nodes/LlmGenerator');

/** What each layer may import, in addition to itself; see docs/architecture.md. A file outside a folder is a layer. */
const BELOW: Record<string, string[]> = {
	'LlmGenerator.node': [
		'resources',
		'listSearch',
		'jobs',
		'parameters',
		'inputItems',
		'nodeError',
		'transport',
	],
	'LlmGeneratorTrigger.node': ['events', 'parameters', 'nodeError', 'transport'],
	resources: [
		'packages',
		'parameters',
		'transactionTypes',
		'jobs',
		'ledger',
		'paging',
		'sites',
		'shapes',
		'transport',
	],
	events: ['parameters', 'transactionTypes', 'instant', 'ledger', 'sites', 'shapes', 'transport'],
	listSearch: ['nodeError', 'packages', 'sites', 'shapes', 'transport'],
	parameters: ['instant', 'timeZone', 'values'],
	transactionTypes: ['shapes'],
	jobs: ['ledger', 'paging', 'sites', 'shapes', 'transport'],
	sites: ['fingerprint', 'instant', 'paging', 'shapes', 'transport'],
	ledger: ['fingerprint', 'paging', 'shapes', 'transport'],
	paging: ['shapes', 'transport'],
	packages: ['shapes', 'transport'],
	shapes: ['transport'],
	transport: [],
	fingerprint: [],
	inputItems: [],
	instant: ['dateText', 'timeZone'],
	dateText: [],
	timeZone: [],
	nodeError: ['transport'],
	values: [],
};

const files = readdirSync(NODES, { recursive: true, encoding: 'utf8' }).filter((file) =>
	file.endsWith('.ts'),
);
const sourceOf = (file: string) => readFileSync(join(NODES, file), 'utf8');

/** The files of the package that a file imports, as paths in nodes/LlmGenerator. */
function imports(file: string): string[] {
	const named = [...sourceOf(file).matchAll(/from '(\.[^']+)'/g)].map(([, path]) => path);
	return named.map((path) => {
		const target = relative(NODES, resolve(NODES, dirname(file), path));
		return files.includes(`${target}.ts`) ? `${target}.ts` : join(target, 'index.ts');
	});
}

const layerOf = (file: string) => (file.includes(sep) ? file.split(sep)[0] : file.replace(/\.ts$/, ''));

test.each(files)('%s imports downward only', (file) => {
	const layer = layerOf(file);
	expect(Object.keys(BELOW)).toContain(layer);
	const above = imports(file).filter((target) => ![layer, ...BELOW[layer]].includes(layerOf(target)));
	expect(above).toEqual([]);
});

test('there are no circular imports', () => {
	const circles: string[] = [];
	const visit = (file: string, path: string[]) => {
		if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
		else if (!done.has(file)) {
			for (const target of imports(file)) visit(target, [...path, file]);
			done.add(file);
		}
	};
	const done = new Set<string>();
	for (const file of files) visit(file, []);
	expect(circles).toEqual([]);
});

test('only transport/ makes requests', () => {
	const requesting = files.filter((file) => /\.helpers\b|httpRequest/.test(sourceOf(file)));
	expect(requesting.map(layerOf).filter((layer) => layer !== 'transport')).toEqual([]);
	expect(requesting.length).toBeGreaterThan(0);
});

test('addresses are read by parsedUrl, because URL.canParse of Node.js 20 stops recognizing some after thousands of calls', () => {
	expect(files.filter((file) => /\bcanParse\(/.test(sourceOf(file)))).toEqual([]);
});

test('the list contains exactly the layers that exist', () => {
	expect(Object.keys(BELOW).sort()).toEqual([...new Set(files.map(layerOf))].sort());
});
