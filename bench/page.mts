import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { LOCAL } from '../demo/installN8n.mts';

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const PAGE = 'benchmarks.md';
/** A short run is only a test, so it writes its figures here and leaves docs unchanged. */
const QUICK_FOLDER = join(LOCAL, 'bench', 'quick');

/** The soak writes the text between these comments, the benchmark writes the rest. Neither changes the text of the other. */
const SOAK = /(?<=<!-- written by npm run soak -->)[^]*(?=<!-- end of soak -->)/;
const NOT_MEASURED = 'Not measured yet. Run `npm run soak` to measure it.';

/**
 * Fills in the {{names}} of a template.
 *
 * @throws Error if there is no value for a name
 */
export async function fillTemplate(template: URL, values: Record<string, string>): Promise<string> {
	return (await readFile(template, 'utf8')).replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
		if (name in values) return values[name];
		throw new Error(`There is no value for ${name} in the template`);
	});
}

/** The text of docs/benchmarks.md. */
export const publishedPage = () => readFile(join(DOCS, PAGE), 'utf8');

/** The section of the page that the soak wrote. */
export const soakSection = (page: string) => SOAK.exec(page)?.[0].trim() ?? NOT_MEASURED;

/** The page with a new soak section. */
export function withSoak(page: string, section: string): string {
	if (SOAK.test(page)) return page.replace(SOAK, () => `\n\n${section}\n\n`);
	throw new Error(`${PAGE} has no section for the soak: run npm run bench first`);
}

/** Writes benchmarks.md into docs, or after a short run into .local, and returns its path. */
export async function writePage(page: string, isFull: boolean): Promise<string> {
	const folder = isFull ? DOCS : QUICK_FOLDER;
	const file = join(folder, PAGE);
	const options = await resolveConfig(join(DOCS, PAGE));
	await mkdir(join(folder, 'images'), { recursive: true });
	await writeFile(file, await format(page, { ...options, parser: 'markdown' }));
	return file;
}
