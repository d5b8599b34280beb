import type { Browser } from 'playwright-core';
import type { ReceivedEmail } from '../servers/mailbox';
import { renderEmail, type Bar, type RenderedEmail } from './renderedEmail';
import type { Sheet } from './sheet';

/** The email shows the figures of the sheet, as HTML and as text. */
export function expectSameFigures(sheet: Sheet, rendered: RenderedEmail, { text = '' }: ReceivedEmail): void {
	const [, [, used, added, transactions]] = sheet.month;
	const { 'Credits left now': left, ...others } = rendered.figures;
	expect(others).toEqual({ 'Credits used': number(used), 'Credits added': number(added) });
	expect(text).toContain(`Credits used: ${number(used)}\nCredits added: ${number(added)}\n`);
	expect(text).toContain(`Credits left now: ${left}\n`);
	expect(rendered.text).toContain(`All transactions (${number(transactions)})`);

	const days = sheet.days.slice(1).map(([, credits]) => Number(credits));
	expect(rendered.days.map(({ figure }) => figure)).toEqual(days.map(credits));
	expect(rendered.days.map(({ name }) => name.split(' ')[0])).toEqual(days.map((_, day) => String(day + 1)));
	for (const [index, { name }] of rendered.days.entries()) {
		expect(text).toContain(`\n${number(days[index])}  ${name}\n`);
	}
	const sites = sheet.sites.slice(1).filter(([, credits]) => credits !== 0);
	const rest = sites.slice(15).reduce((sum, [, credits]) => sum + Number(credits), 0);
	const expected = [...sites.slice(0, 15).map(([, credits]) => Number(credits)), ...(rest ? [rest] : [])];
	expect(rendered.sites.map(({ figure }) => figure)).toEqual(expected.map(number));
	expectProportional(rendered.sites, expected, rendered.fullWidth);
	expectProportional(rendered.days, days, 96);
}

/** The largest bar is full, and the others are as long as their figures say, except that a little is still visible. */
function expectProportional(bars: Bar[], values: number[], full: number): void {
	const most = Math.max(...values, 0);
	for (const [index, { size }] of bars.entries()) {
		const exact = values[index] > 0 ? (values[index] / most) * full : 0;
		expect(Math.abs(size - exact)).toBeLessThanOrEqual(values[index] > 0 ? Math.max(1, full / 100) : 0);
		expect(size > 0).toBe(values[index] > 0);
	}
}

/** On a computer and on a phone, in light and dark: readable, nothing sticks out, and nothing is loaded from elsewhere. */
export async function expectToLookGood(browser: Browser, { html = '' }: ReceivedEmail): Promise<void> {
	for (const width of [720, 360]) {
		for (const colorScheme of ['light', 'dark'] as const) {
			const { page, requests, ranScripts, outside, contrast, background } = await renderEmail(browser, html, {
				width,
				colorScheme,
			});
			await page.close();
			expect({ requests, ranScripts, outside }).toEqual({ requests: [], ranScripts: false, outside: [] });
			expect(contrast).toBeGreaterThanOrEqual(4.5);
			expect(background).toBe(BACKGROUND[colorScheme]);
		}
	}
	expect(html).not.toMatch(/<(script|img|link|svg|form)\b|display:\s*(flex|grid)|url\(/i);
}

/** A number as the email shows it. */
export function number(value: unknown): string {
	return Number(value).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

export function credits(value: unknown): string {
	return `${number(value)} ${value === 1 ? 'credit' : 'credits'}`;
}

const BACKGROUND = { light: 'rgb(238, 242, 246)', dark: 'rgb(15, 23, 32)' };
