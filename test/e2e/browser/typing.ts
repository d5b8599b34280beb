import type { Locator } from 'playwright-core';

/** n8n stores typed text a tenth of a second after the last letter. A button that is clicked earlier uses the old text. */
const STORED_AFTER_MS = 200;

/** Replaces the text in a text box, and waits until n8n has stored the new text. */
export async function typeInto(box: Locator, text: string): Promise<void> {
	await box.fill(text);
	await box.blur();
	// A timer in the page: even on a busy computer, it fires after the timer that n8n has set before.
	await box.evaluate(`new Promise((resolve) => setTimeout(resolve, ${STORED_AFTER_MS}))`);
}
