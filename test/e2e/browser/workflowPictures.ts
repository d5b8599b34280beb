import type { Page } from 'playwright-core';
import type { Owner } from '../../../demo/n8nApi';
import { eventually } from '../../until';
import { launchBrowser, newUser, WINDOW } from './browser';
import { Editor } from './editor';
import { screenshot } from './screenshots';

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
 * Takes the two pictures of a workflow: as n8n shows one of its executions, in light and in dark. It loads the editor only
 * once, which takes most of the time. `npm run pictures` puts them beside the workflow.
 */
export async function takeWorkflowPictures(
	{ n8nUrl, owner }: { n8nUrl: string; owner: Owner },
	{ template, workflowId, executionId, height = WINDOW.height }: Picture,
): Promise<void> {
	const browser = await launchBrowser();
	try {
		const page = await (await newUser(browser)).newPage();
		await page.setViewportSize({ width: WINDOW.width + LIST_WIDTH, height });
		await new Editor(page, n8nUrl).logIn(owner, `${n8nUrl}/workflow/${workflowId}/executions/${executionId}`);
		await page.getByTestId('canvas-node-status-success').first().waitFor();
		await page.addStyleTag({ content: ONLY_THE_WORKFLOW });
		await page.getByTestId('zoom-to-fit').click({ force: true });
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme });
			// Nodes may have another icon for the dark theme.
			await eventually(async () => expect(await hasIcons(page)).toBe(true));
			const name = `workflows/${template}${colorScheme === 'dark' ? '.dark' : ''}`;
			await screenshot(page, name, page.getByTestId('canvas'));
		}
	} finally {
		await browser.close();
	}
}

async function hasIcons(page: Page): Promise<boolean> {
	return page
		.locator('img')
		.evaluateAll((images: Array<{ complete: boolean }>) => images.every(({ complete }) => complete));
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
