import type { Browser } from 'playwright-core';
import { launchBrowser, newUser } from '../e2e/browser/browser';
import { CommunityNodes } from '../e2e/browser/communityNodes';
import { Editor } from '../e2e/browser/editor';
import type { RunningVersion } from '../versions/runningVersion';

/** The owner of an n8n, logged in with a browser: installs packages, and edits workflows. */
export interface Owner {
	browser: Browser;
	screen: CommunityNodes;
	editor: Editor;
}

export async function logIn({ api, owner }: RunningVersion): Promise<Owner> {
	const browser = await launchBrowser();
	const page = await (await newUser(browser)).newPage();
	const editor = new Editor(page, api.url);
	await editor.logIn(owner);
	return { browser, screen: new CommunityNodes(page, api.url), editor };
}
