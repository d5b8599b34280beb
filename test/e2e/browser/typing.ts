import type { Locator } from 'playwright-core';

/** n8n takes over what was typed a tenth of a second after the last letter; pressing a button before uses the old text. */
const TAKEN_OVER_MS = 200;

/** Types a text into a box, in place of the one that is there, and lets n8n take it over, as a hand on its way to the mouse does. */
export async function typeInto(box: Locator, text: string): Promise<void> {
	await box.fill(text);
	await box.blur();
	// A timer of the page's own: however busy the computer is, it goes off after the one that n8n has set before.
	await box.evaluate(`new Promise((resolve) => setTimeout(resolve, ${TAKEN_OVER_MS}))`);
}
