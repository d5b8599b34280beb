import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTemplate, templateNames } from '../templates';

const FOLDER = join(__dirname, '../../workflows');
const gallery = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');

describe.each(templateNames)('workflows/README.md shows %s.json', (name) => {
	const [entry = ''] = gallery.split(/^###? /m).filter((section) => section.includes(`(${name}.json)`));

	test('with what it does, what to fill in, and what it costs', () => {
		expect(entry).toMatch(new RegExp(`\\[${name}\\.json\\]\\(${name}\\.json\\): \\S`));
		expect(entry).toMatch(/\| \*\*Fill in\*\* +\| \S/);
		expect(entry).toMatch(/\| \*\*Credits\*\* +\| \S/);
	});

	test('with its pictures, in light and in dark', () => {
		for (const picture of [`${name}.png`, `${name}.dark.png`]) {
			expect(entry).toContain(`"${picture}"`);
			expect(existsSync(join(FOLDER, picture))).toBe(true);
		}
	});

	test('as n8n lists it, and the README links to it', () => {
		const title = readTemplate(name).name.replace('LLM Generator: ', '');
		expect(entry.split('\n')[0].toLowerCase()).toContain(title.toLowerCase());
		expect(readme).toMatch(new RegExp(`workflows/(README\\.md#|${name}\\.json)`));
	});
});

test('all links in workflows/README.md lead somewhere', () => {
	const headings = [...gallery.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\- ]/gu, '')
			.replace(/ /g, '-'),
	);
	const anchors = [...gallery.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
	expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
	const files = [...gallery.matchAll(/(?:\]\(|src(?:set)?=")(?!#|https?:)([^)"#]+)/g)].map(
		([, file]) => file,
	);
	expect(files.filter((file) => !existsSync(join(FOLDER, file)))).toEqual([]);
});
