import { hash, withoutScheme } from './address';

/** A page that a generation finds. */
export interface WebPage {
	url: string;
	title: string;
	section: string;
	/** What the page is about, e.g. 'webhooks'. */
	topic: string;
	/** Whether the page cannot be read. */
	isBroken: boolean;
	/** From the sitemap, if that knows it. */
	lastModified: string | null;
}

export interface Website {
	name: string;
	theme: Theme;
	/** The home page first. */
	pages: WebPage[];
}

const FEWEST_PAGES = 12;

/** A website that nobody needs to read: the same address always gives the same name and the same 12 to 60 pages. */
export function websiteAt(address: string): Website {
	const theme = themeOf(address);
	const most = combinations(theme);
	const count = FEWEST_PAGES + (hash(`pages ${address}`) % (most - FEWEST_PAGES + 1));
	const pages = Array.from({ length: count }, (_, index) => pageAt(address, index));
	return { name: nameOf(address), theme, pages };
}

/** The page with this index of a website, also one that it does not have at first. No two are at the same address. */
export function pageAt(address: string, index: number): WebPage {
	const theme = themeOf(address);
	const sections = Object.entries(theme.sections);
	const round = Math.floor(index / combinations(theme)) + 1;
	const topic = theme.topics[Math.floor(index / sections.length) % theme.topics.length];
	const [section, titleOf] = sections[index % sections.length];
	const path = index === 0 ? '' : `${slug(section)}/${slug(topic)}${round === 1 ? '' : `-${round}`}`;
	const [base, query = ''] = address.split('?');
	const chance = hash(`${address} ${index}`);
	return {
		url: `${base}/${path}${query && `?${query}`}`,
		title: index === 0 ? nameOf(address) : `${titleOf(topic)}${round === 1 ? '' : ` (${round})`}`,
		section,
		topic,
		isBroken: index > 0 && chance % 19 === 0,
		lastModified: chance % 3 === 0 ? null : new Date(SITEMAP_FROM + (chance % 700) * DAY_MS).toISOString(),
	};
}

function themeOf(address: string): Theme {
	return THEMES.find(({ hosts }) => hosts.test(address)) ?? THEMES[hash(address) % THEMES.length];
}

/** How many pages a theme has before its topics come again. */
function combinations({ topics, sections }: Theme): number {
	return topics.length * Object.keys(sections).length;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SITEMAP_FROM = Date.UTC(2024, 0, 1);

/** 'https://harbour-coffee.example' is Harbour Coffee, 'https://docs.example.com' is Example Docs. */
function nameOf(address: string): string {
	const [host] = withoutScheme(address).split(/[/:?]/);
	const labels = host.replace(/^www\./, '').split('.');
	if (labels.every((label) => /^\d+$/.test(label))) return host;
	const [domain, ...subdomains] = labels.slice(0, -1).reverse();
	return [domain, ...subdomains]
		.flatMap((label) => label.split('-'))
		.filter(Boolean)
		.map((word) => word[0].toUpperCase() + word.slice(1))
		.join(' ');
}

function slug(text: string): string {
	return text
		.normalize('NFD')
		.toLowerCase()
		.replace(/[^a-z0-9 ]/g, '')
		.replaceAll(' ', '-');
}

export interface Theme {
	/** Addresses that sound like this theme. */
	hosts: RegExp;
	/** Completes the sentence that begins with the name of the website. */
	summary: string;
	topics: string[];
	/** By heading: the title of the page about a topic. */
	sections: Record<string, (topic: string) => string>;
}

const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

const THEMES: Theme[] = [
	{
		hosts: /shop|store|coffee|keramik|cycling/,
		summary: 'is a family-run shop that sends its goods all over Europe',
		topics: [
			'coffee',
			'teapots',
			'gift boxes',
			'grinders',
			'cups',
			'crème brûlée sets',
			'filters',
			'kettles',
			'syrups',
			'scales',
			'tins',
			'spare parts',
		],
		sections: {
			Shop: (topic) => capital(topic),
			Advice: (topic) => `How to choose ${topic}`,
			Care: (topic) => `Care instructions: ${topic}`,
			Stories: (topic) => `The people behind our ${topic}`,
			Service: (topic) => `Returns and repairs: ${topic}`,
		},
	},
	{
		hosts: /hotel|harbour|lake/,
		summary: 'is a small hotel by the lake with twelve rooms – each of them different',
		topics: [
			'rooms',
			'breakfast',
			'the garden',
			'bicycles',
			'the sauna',
			'weddings',
			'conferences',
			'arrival by train',
			'parking',
			'dogs',
			'the café',
			'winter weeks',
		],
		sections: {
			Stay: (topic) => capital(topic),
			Prices: (topic) => `Prices and offers: ${topic}`,
			'Around us': (topic) => `Nearby: ${topic}`,
			Journal: (topic) => `A day with ${topic}`,
			Questions: (topic) => `Good to know about ${topic}`,
		},
	},
	{
		hosts: /docs|api|tools|mail|routing|app|\/\/example\./,
		summary: 'makes software that connects the tools of small teams',
		topics: [
			'workflows',
			'webhooks',
			'accounts',
			'billing',
			'imports',
			'exports',
			'permissions',
			'notifications',
			'search',
			'reports',
			'templates',
			'backups',
		],
		sections: {
			Docs: (topic) => capital(topic),
			Guides: (topic) => `Get started with ${topic}`,
			Reference: (topic) => `API reference: ${topic}`,
			Blog: (topic) => `What is new in ${topic}`,
			Support: (topic) => `Questions about ${topic}`,
		},
	},
];
