import { hash } from './address';
import type { GenerationOptions } from './options';
import { type WebPage, type Website, websiteAt } from './website';

/** What determines the files of a site. */
export interface FileVersion {
	/** Normalized address of the site. */
	url: string;
	options: GenerationOptions;
	/** Counts the generations that changed the files. Two versions that follow each other always differ. */
	revision: number;
	/** The exact text of llms.txt, if a test has set it. */
	text?: string;
}

/** The text of llms.txt: title, summary, and the pages by section (https://llmstxt.org). */
export function llmsTxt(version: FileVersion): string {
	if (version.text !== undefined) return version.text;
	const { site, pages } = readable(version);
	const sections = Object.keys(site.theme.sections)
		.map((heading) => ({ heading, listed: pages.filter(({ section }) => section === heading) }))
		.filter(({ listed }) => listed.length > 0)
		.map(({ heading, listed }) => [`## ${heading}`, listed.map((page) => link(page, version)).join('\n')]);
	return [...opening(site, version), ...sections.flat()].join('\n\n') + '\n';
}

/** The text of llms-full.txt: like llms.txt, with the text of every page in place of the links. */
export function llmsFullTxt(version: FileVersion): string {
	const { site, pages } = readable(version);
	const texts = pages.flatMap((page) => [
		`## ${page.title}`,
		`Source: ${page.url}`,
		...paragraphs(page, site, version.revision),
	]);
	return [...opening(site, version), ...texts].join('\n\n') + '\n';
}

function readable({ url, options }: FileVersion): { site: Website; pages: WebPage[] } {
	const site = websiteAt(url);
	return { site, pages: site.pages.slice(0, options.maxUrls).filter(({ isBroken }) => !isBroken) };
}

function opening({ name, theme }: Website, { revision }: FileVersion): string[] {
	return [
		`# ${name}`,
		`> ${name} ${theme.summary}.`,
		`${PURPOSES[revision % PURPOSES.length]} The most important pages come first.`,
	];
}

function link(page: WebPage, { options, revision }: FileVersion): string {
	const anchor = `- [${page.title}](${page.url})`;
	return options.generationMethod === 'enhanced' ? `${anchor}: ${sentence(page, revision, 0)}` : anchor;
}

const PURPOSES = [
	'This file lists what language models need to answer questions about this website.',
	'Language models that answer questions about this website find its contents here.',
	'What follows is a short guide to this website for language models.',
];

/** A sentence on the topic of the page. Those of a paragraph differ; some paragraphs change with the revision. */
function sentence({ topic, url }: WebPage, revision: number, paragraph: number, index = 0): string {
	const chance = hash(`${url} ${paragraph}`);
	const changes = chance % 5 === 0 ? revision : 0;
	return SENTENCES[(chance + changes + index * STEP) % SENTENCES.length](topic);
}

/** Without a factor in common with the number of sentences. */
const STEP = 3;
const SENTENCES_A_PARAGRAPH = 5;

function paragraphs(page: WebPage, { name }: Website, revision: number): string[] {
	const count = 3 + (hash(page.url) % 4);
	return Array.from({ length: count }, (_, paragraph) => {
		const sentences = Array.from({ length: SENTENCES_A_PARAGRAPH }, (_, index) =>
			sentence(page, revision, 1 + paragraph, index),
		).join(' ');
		return paragraph === 0 && page.title !== name ? `${page.title} at ${name}. ${sentences}` : sentences;
	});
}

const SENTENCES: Array<(topic: string) => string> = [
	(topic) => `Explains what ${topic} can do, who needs it, and what it costs.`,
	(topic) => `Shows the first steps with ${topic}, with pictures and an example for each.`,
	(topic) => `Answers the questions that people ask most often about ${topic}.`,
	(topic) => `Lists every setting for ${topic}, with its default and its limits.`,
	(topic) => `Describes what changed for ${topic} in the last months – and why.`,
	(topic) => `Compares the ways to use ${topic}, so that a reader can choose one.`,
	(topic) => `Tells how ${topic} came to be, in the words of the people who work on it.`,
	(topic) => `Says what to check if something about ${topic} is not as expected.`,
	(topic) => `Collects tips for ${topic} that save “five minutes a day”.`,
	(topic) => `Names the person to ask about ${topic}, with address and opening hours.`,
	(topic) => `Leads to everything that belongs to ${topic}, from A to Å.`,
];
