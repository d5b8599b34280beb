import { chromium, selectors, type Browser, type BrowserContext, type LaunchOptions } from 'playwright-core';
import { bundledChromium } from './chromium';

/** In pixels. A narrower window is too small for everything that n8n shows of an open node. */
export const WINDOW = { width: 1440, height: 860 };
/** How long to wait for a page or an element. n8n's editor is large, and the computer may be busy. */
const DEFAULT_TIMEOUT_MS = 45_000;
/** The browser reaches only this computer, so that the tests do not depend on what n8n's editor loads from the internet. */
const THIS_COMPUTER_ONLY = ['--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
/** Exact letter positions, not rounded to the nearest pixel. */
const EXACT_LETTER_POSITIONS = '--font-render-hinting=none';

/** Starts a headless browser. The caller must close it. */
export async function launchBrowser(): Promise<Browser> {
	// n8n's own tests use this attribute.
	selectors.setTestIdAttribute('data-test-id');
	return chromium
		.launch({ args: [...THIS_COMPUTER_ONLY, EXACT_LETTER_POSITIONS], ...(await program()) })
		.catch((error: Error) => {
			throw new Error(`${HOW_TO_GET_ONE}\n\n${error.message}`);
		});
}

/** A new user of the browser, who is not logged in. All pages of this context share the login. */
export async function newUser(browser: Browser): Promise<BrowserContext> {
	// Twice the resolution, so that the pictures are sharp.
	const user = await browser.newContext({ viewport: WINDOW, deviceScaleFactor: 2 });
	user.setDefaultTimeout(DEFAULT_TIMEOUT_MS);
	return user;
}

async function program(): Promise<LaunchOptions> {
	const isBundled = process.platform === 'linux' && process.arch === 'x64';
	return isBundled ? bundledChromium() : { channel: 'chrome' };
}

const HOW_TO_GET_ONE =
	'The browser did not start. On Linux (x64) it comes with the packages of this project; on other systems, the tests use the\n' +
	'Google Chrome that is installed on this computer. Install it from https://www.google.com/chrome, then run them again.';
