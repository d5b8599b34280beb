import { join, resolve } from 'node:path';
import type { Locator, Page } from 'playwright-core';

const SCREENSHOTS = resolve(__dirname, '../../../.local/screenshots');

/** Hides what does not belong in a picture: notifications, tooltips, feedback buttons, neighbouring nodes and round corners. */
const CLEAN_UP_STYLE = `
	.el-notification,
	[data-test-id=tooltip-content],
	[data-test-id=canvas-minimap],
	[data-test-id=floating-nodes],
	[data-test-id=node-feature-request] { visibility: hidden !important; }
	[data-test-id=editCredential-modal],
	[data-test-id=ndv] div:has([data-test-id=output-panel]) { border-radius: 0 !important; }
`;

/**
 * Takes a screenshot of the page, or of the part that contains these elements: `.local/screenshots/<name>.png`.
 * `npm run pictures` creates the README's pictures from it.
 */
export async function screenshot(page: Page, name: string, ...elements: Locator[]): Promise<void> {
	// Move the mouse away, so that no element is highlighted.
	await page.mouse.move(0, 0);
	await page.screenshot({
		path: join(SCREENSHOTS, `${name}.png`),
		clip: elements.length > 0 ? around(await Promise.all(elements.map(boxOf))) : undefined,
		style: CLEAN_UP_STYLE,
		animations: 'disabled',
	});
}

/** Takes a screenshot of the page as it is at the end of a test, to find out why the test failed. */
export async function finalScreenshot(page: Page, test = ''): Promise<void> {
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
	if (!box) throw new Error(`${element.toString()} is not visible, so no screenshot of it is possible.`);
	return box;
}
