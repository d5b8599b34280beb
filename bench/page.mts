import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { LOCAL } from '../demo/installN8n.mts';

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const PAGE = 'benchmarks.md';
/** Figures of a short run are for trying out: the documentation keeps those of a full one. */
const TRIED_OUT = join(LOCAL, 'bench', 'quick');

/** What stands between these is the soak's; the benchmark writes all else. Each keeps what the other wrote. */
const SOAK = /(?<=<!-- written by npm run soak -->)[^]*(?=<!-- end of soak -->)/;
const NOT_MEASURED = 'Not measured yet: `npm run soak` does.';

/**
 * A template with its {{names}} filled in.
 *
 * @throws Error where nothing provides a name
 */
export async function filled(template: URL, values: Record<string, string>): Promise<string> {
	return (await readFile(template, 'utf8')).replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
		if (name in values) return values[name];
		throw new Error(`The template asks for ${name}, which nothing provides`);
	});
}

/** The text of docs/benchmarks.md. */
export const published = () => readFile(join(DOCS, PAGE), 'utf8');

/** What the soak wrote into the page. */
export const soakIn = (page: string) => SOAK.exec(page)?.[0].trim() ?? NOT_MEASURED;

/** The page with a new section of the soak. */
export function withSoak(page: string, section: string): string {
	if (SOAK.test(page)) return page.replace(SOAK, () => `\n\n${section}\n\n`);
	throw new Error(`${PAGE} has no place for the soak: npm run bench makes it`);
}

/** Writes benchmarks.md into docs, or where a short run's goes, and returns its file. */
export async function write(page: string, isFull: boolean): Promise<string> {
	const folder = isFull ? DOCS : TRIED_OUT;
	const file = join(folder, PAGE);
	const options = await resolveConfig(join(DOCS, PAGE));
	await mkdir(join(folder, 'images'), { recursive: true });
	await writeFile(file, await format(page, { ...options, parser: 'markdown' }));
	return file;
}
