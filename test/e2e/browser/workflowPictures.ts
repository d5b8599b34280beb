import type { Browser } from 'playwright-core';
import type { Owner } from '../../../demo/n8nApi';
import { launchBrowser, newUser, WINDOW } from './browser';
import { Editor } from './editor';
import { screenshot } from './screenshots';

/** From the configuration of jest: `npm run pictures` has its own. */
declare const takesPictures: boolean;

/** A test that only takes pictures. Only `npm run pictures` runs it, because loading the editor four times takes half a minute. */
export const pictureTest = takesPictures ? test : test.skip;

interface Picture {
	/** The name of the file in `workflows/`, e.g. quick-tour. */
	template: string;
	workflowId: string;
	/** Each node shows how it ended in this execution. */
	executionId: string;
	/** Of the window, in pixels. */
	height?: number;
}

/**
 * Takes the two pictures of a workflow: as n8n shows one of its executions, in light and in dark.
 * `npm run pictures` puts them beside the workflow.
 */
export async function takeWorkflowPictures(
	n8n: { n8nUrl: string; owner: Owner },
	picture: Picture,
): Promise<void> {
	const browser = await launchBrowser();
	try {
		await takeWith(browser, n8n, picture, 'light');
		await takeWith(browser, n8n, picture, 'dark');
	} finally {
		await browser.close();
	}
}

async function takeWith(
	browser: Browser,
	{ n8nUrl, owner }: { n8nUrl: string; owner: Owner },
	{ template, workflowId, executionId, height = WINDOW.height }: Picture,
	colorScheme: 'light' | 'dark',
): Promise<void> {
	const user = await newUser(browser);
	const page = await user.newPage();
	await page.emulateMedia({ colorScheme });
	await page.setViewportSize({ width: WINDOW.width + LIST_WIDTH, height });
	await new Editor(page, n8nUrl).logIn(owner);
	await page.goto(`${n8nUrl}/workflow/${workflowId}/executions/${executionId}`);

	await page.getByTestId('canvas-node-status-success').first().waitFor();
	await page.addStyleTag({ content: ONLY_THE_WORKFLOW });
	await page.getByTestId('zoom-to-fit').click({ force: true });
	await screenshot(
		page,
		`workflows/${template}${colorScheme === 'dark' ? '.dark' : ''}`,
		page.getByTestId('canvas'),
	);
	await user.close();
}

/** Of the list of executions, which is left of the workflow: in pixels. */
const LIST_WIDTH = 343;

/** Hides what lies over the workflow, and the stripes behind it. */
const ONLY_THE_WORKFLOW = `
	[data-test-id^=execution-preview-details],
	:has(> [role=radiogroup]),
	[data-test-id=canvas-controls],
	[data-test-id=canvas-background] { opacity: 0 !important; }
`;
