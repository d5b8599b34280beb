import { chromium, selectors, type Browser, type BrowserContext, type LaunchOptions } from 'playwright-core';
import { bundledChromium } from './chromium';

/** In pixels. A narrower one does not have room for all that n8n shows of an open node. */
export const WINDOW = { width: 1440, height: 860 };
/** How long somebody waits for a page, or for a thing on it. n8n's editor is large, and the computer may be busy. */
const PATIENCE_MS = 45_000;
/** It reaches nothing but this computer: what n8n's editor asks of the internet would make the tests depend on it. */
const THIS_COMPUTER_ONLY = ['--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
/** Letters where the font wants them, and not at the nearest pixel. */
const EVEN_LETTERS = '--font-render-hinting=none';

/** Starts a browser without a window. Whoever starts it closes it. */
export async function launchBrowser(): Promise<Browser> {
	// n8n marks what its own tests look for in this way.
	selectors.setTestIdAttribute('data-test-id');
	return chromium
		.launch({ args: [...THIS_COMPUTER_ONLY, EVEN_LETTERS], ...(await program()) })
		.catch((failure: Error) => {
			throw new Error(`${HOW_TO_GET_ONE}\n\n${failure.message}`);
		});
}

/** Somebody who sits down at the browser and is logged in nowhere: all their pages know each other. */
export async function newPerson(browser: Browser): Promise<BrowserContext> {
	// Twice the dots for pictures that stay sharp.
	const person = await browser.newContext({ viewport: WINDOW, deviceScaleFactor: 2 });
	person.setDefaultTimeout(PATIENCE_MS);
	return person;
}

async function program(): Promise<LaunchOptions> {
	const isBundled = process.platform === 'linux' && process.arch === 'x64';
	return isBundled ? bundledChromium() : { channel: 'chrome' };
}

const HOW_TO_GET_ONE =
	'The browser did not start. On Linux (x64) it comes with the packages of this project; elsewhere the tests take the\n' +
	'Google Chrome that is installed on this computer. Install it from https://www.google.com/chrome, then run them again.';
