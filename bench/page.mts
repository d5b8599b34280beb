import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { LOCAL } from '../demo/installN8n.mjs';

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const PAGE = 'benchmarks.md';
/** A short run is only a test, so it writes its figures here and leaves docs unchanged. */
const QUICK_FOLDER = join(LOCAL, 'bench', 'quick');

/** What can be measured alone has its own section: the text between these comments. The rest of the page stays as it is. */
const SECTIONS = {
	generation: /(?<=<!-- begin of generation [^]*?-->)[^]*(?=<!-- end of generation -->)/,
	soak: /(?<=<!-- begin of soak [^]*?-->)[^]*(?=<!-- end of soak -->)/,
};
const NOT_MEASURED = 'Not measured yet.';

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

type SectionName = keyof typeof SECTIONS;

/** The text of a section of the page. */
export const sectionIn = (page: string, name: SectionName) =>
	SECTIONS[name].exec(page)?.[0].trim() ?? NOT_MEASURED;

/** The page with a new text of a section. */
export function withSection(page: string, name: SectionName, text: string): string {
	if (SECTIONS[name].test(page)) return page.replace(SECTIONS[name], () => `\n\n${text}\n\n`);
	throw new Error(`${PAGE} has no section named ${name}: run npm run bench first`);
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
