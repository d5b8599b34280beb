import { join, resolve } from 'node:path';
import type { Locator, Page } from 'playwright-core';

const SCREENSHOTS = resolve(__dirname, '../../../.local/screenshots');

/** What passes, what n8n asks its users for, and round corners: nothing that belongs in a picture. */
const TIDY = `
	.el-notification,
	[data-test-id=tooltip-content],
	[data-test-id=canvas-minimap],
	[data-test-id=node-feature-request] { visibility: hidden !important; }
	[data-test-id=editCredential-modal],
	[data-test-id=ndv] div:has([data-test-id=output-panel]) { border-radius: 0 !important; }
`;

/**
 * Takes a picture of the page, or of its part that spans the elements given: `.local/screenshots/<name>.png`.
 * `npm run pictures` makes the README's of it.
 */
export async function screenshot(page: Page, name: string, ...spanned: Locator[]): Promise<void> {
	// Nothing is pointed at, so nothing looks different for it.
	await page.mouse.move(0, 0);
	await page.screenshot({
		path: join(SCREENSHOTS, `${name}.png`),
		clip: spanned.length > 0 ? around(await Promise.all(spanned.map(boxOf))) : undefined,
		style: TIDY,
		animations: 'disabled',
	});
}

/** Takes a picture of the page as it is, notices and all: what was last to be seen, should somebody ask. */
export async function lastSight(page: Page, test = ''): Promise<void> {
	await page.screenshot({
		path: join(SCREENSHOTS, 'last', `${test.replace(/\W+/g, '-')}.png`),
		scale: 'css',
	});
}

interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

function around(boxes: Box[]): Box {
	const x = Math.min(...boxes.map((box) => box.x));
	const y = Math.min(...boxes.map((box) => box.y));
	const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
	const height = Math.max(...boxes.map((box) => box.y + box.height)) - y;
	return { x, y, width, height };
}

async function boxOf(element: Locator): Promise<Box> {
	const box = await element.boundingBox();
	if (!box) throw new Error(`${element.toString()} is not to be seen, so no picture can be taken of it.`);
	return box;
}
