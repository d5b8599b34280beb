import type { Browser } from 'playwright-core';
import type { Owner } from '../../../demo/n8nApi';
import { launchBrowser, newUser } from './browser';
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
	{ template, workflowId, executionId, height = 860 }: Picture,
	colorScheme: 'light' | 'dark',
): Promise<void> {
	const user = await newUser(browser);
	const page = await user.newPage();
	await page.emulateMedia({ colorScheme });
	const editor = new Editor(page, n8nUrl);
	await editor.resize(height);
	await editor.logIn(owner);
	await page.goto(`${n8nUrl}/workflow/${workflowId}/executions/${executionId}`);

	const preview = page.getByTestId('workflow-preview-iframe');
	const canvas = page.frameLocator('[data-test-id="workflow-preview-iframe"]');
	await canvas.getByTestId('canvas-node').first().waitFor();
	// The marks of how each node ended come a moment after the nodes.
	await canvas.getByTestId('canvas-node-status-success').first().waitFor();
	await screenshot(page, `workflows/${template}${colorScheme === 'dark' ? '.dark' : ''}`, preview);
	await user.close();
}
