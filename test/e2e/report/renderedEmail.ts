import type { Browser, Page } from 'playwright-core';

/** A bar that stands for a number of credits. */
export interface Bar {
	/** The day, or the site and what stands below it. */
	name: string;
	/** The number as the email shows it. */
	figure: string;
	/** In pixels: the width of a site's bar, the height of a day's. */
	size: number;
}

/** An email as a person sees it in a mail program of this width. */
export interface RenderedEmail {
	page: Page;
	/** All visible text. */
	text: string;
	/** The figures at the top, by their names. */
	figures: Record<string, string>;
	days: Bar[];
	sites: Bar[];
	/** The width that a full bar of a site has. */
	fullWidth: number;
	/** What the email tried to load from elsewhere. */
	requests: string[];
	/** Whether something in the email was run as a script. */
	ranScripts: boolean;
	/** Elements that stick out of the card at the left or at the right. */
	outside: string[];
	/** The smallest contrast between a text and what is behind it: 4.5 is readable (WCAG). */
	contrast: number;
	/** The color around the card, e.g. rgb(15, 23, 32). */
	background: string;
}

interface View {
	width?: number;
	colorScheme?: 'light' | 'dark';
}

/** Opens an email in the browser. The caller closes the page. */
export async function renderEmail(
	browser: Browser,
	html: string,
	{ width = 720, colorScheme = 'light' }: View = {},
): Promise<RenderedEmail> {
	const page = await browser.newPage({
		viewport: { width, height: 1000 },
		deviceScaleFactor: 2,
		colorScheme,
	});
	const requests: string[] = [];
	page.on('request', (request) => requests.push(request.url()));
	await page.addInitScript('window.alert = () => { window.ran = true }');
	await page.setContent(html, { waitUntil: 'load' });
	const measured = await page.evaluate<Omit<RenderedEmail, 'page' | 'requests'>>(`(${MEASURE})()`);
	return { page, requests, ...measured };
}

/** Runs in the page. */
const MEASURE = `() => {
	const all = (selector, within = document) => [...within.querySelectorAll(selector)];
	const width = (element) => element.getBoundingClientRect().width;
	const words = (element) => element.innerText.trim().replace(/\\n+/g, ' / ');
	const figures = Object.fromEntries(
		all('td[width="33%"]').map((cell) => all('div', cell).map(words)),
	);
	const days = all('td[title]').map((cell) => {
		const [name, figure] = cell.title.split(': ');
		const bar = cell.querySelector('.bar');
		return { name, figure, size: bar ? bar.getBoundingClientRect().height : 0 };
	});
	const tracks = all('.track');
	const sites = tracks.map((track) => {
		const [name, figure] = all('td', track.previousElementSibling).map(words);
		const bar = track.querySelector('.bar');
		return { name, figure, size: bar ? width(bar) : 0 };
	});
	const card = document.querySelector('.card').getBoundingClientRect();
	const outside = all('.card *')
		.filter((element) => {
			const { left, right } = element.getBoundingClientRect();
			return left < card.left - 0.5 || right > card.right + 0.5 || element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
		})
		.map((element) => element.outerHTML.slice(0, 200));
	if (document.documentElement.scrollWidth > window.innerWidth) outside.push('The email is wider than the window');
	const channels = (color) => color.match(/[\\d.]+/g).map(Number);
	const luminance = (color) => {
		const [r, g, b] = channels(color).map((value) => {
			const share = value / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = (element) => {
		for (let at = element; at; at = at.parentElement) {
			const color = getComputedStyle(at).backgroundColor;
			if (channels(color)[3] !== 0) return color;
		}
	};
	const ownText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
	const contrasts = all('.card *').filter(ownText).map((element) => {
		const [light, dark] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => b - a);
		return (light + 0.05) / (dark + 0.05);
	});
	return {
		text: document.body.innerText,
		figures,
		days,
		sites,
		fullWidth: tracks.length > 0 ? width(tracks[0]) : 0,
		ranScripts: window.ran === true,
		outside,
		contrast: Math.min(...contrasts),
		background: getComputedStyle(document.body).backgroundColor,
	};
}`;
