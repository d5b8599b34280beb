import type { Locator, Page } from 'playwright-core';
import type { Owner } from '../../../demo/n8nApi';
import { WINDOW } from './browser';
import { OpenNode } from './openNode';

/** n8n's editor, as a user uses it. */
export class Editor {
	constructor(
		readonly page: Page,
		private readonly n8nUrl: string,
	) {}

	/** Opens an address of n8n and logs in. */
	async logIn({ email, password }: Pick<Owner, 'email' | 'password'>, address = this.n8nUrl): Promise<void> {
		await this.page.goto(address);
		// Not by their labels, which are not connected to them in n8n 2.0.0.
		await this.page.locator('input[type=email]').fill(email);
		await this.page.locator('input[type=password]').fill(password);
		await this.page.getByRole('button', { name: 'Sign in' }).click();
		await this.page.getByTestId('project-home-menu-item').waitFor();
	}

	/** Sets the height of the window, in pixels. */
	async resize(height: number): Promise<void> {
		await this.page.setViewportSize({ ...WINDOW, height });
	}

	async newWorkflow(): Promise<void> {
		await this.page.goto(`${this.n8nUrl}/workflow/new`);
		await this.page.getByTestId('canvas-add-button').waitFor();
	}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.n8nUrl}/workflow/${id}`);
		await this.page.getByTestId('canvas-node').first().waitFor();
	}

	/** Clicks the “+” of an empty canvas, and types into the search of the panel that opens. */
	async addFirstStep(words: string): Promise<void> {
		await this.page.getByTestId('canvas-add-button').click();
		await this.page.getByTestId('node-creator-search-bar').waitFor();
		await this.searchNodes(words);
	}

	/** Opens the nodes panel, if it is not open, and types into its search. */
	async searchNodes(words: string): Promise<void> {
		const search = this.page.getByTestId('node-creator-search-bar');
		if (!(await search.isVisible()))
			await this.page.getByRole('button', { name: 'Open nodes panel' }).click();
		await search.fill(words);
	}

	get panel(): Locator {
		return this.page.getByTestId('node-creator');
	}

	/** The entries of the nodes panel, from top to bottom. */
	async listedNodes(): Promise<string[]> {
		return this.page.getByTestId('node-creator-item-name').filter({ visible: true }).allInnerTexts();
	}

	/** Chooses a node in the panel, which then lists the actions of the node. */
	async chooseNode(name: string): Promise<void> {
		await this.panelItem(name).click();
		await this.page.getByText(/^Actions \(\d+\)$/).waitFor();
	}

	/** Expands one of the two lists of a node: Triggers or Actions. */
	async expand(list: 'Triggers' | 'Actions'): Promise<void> {
		await this.page.getByText(new RegExp(`^${list} \\(\\d+\\)$`)).click();
	}

	/** Chooses a node without actions, or an action of the chosen node: n8n adds it to the canvas and opens it. */
	async add(name: string): Promise<OpenNode> {
		await this.panelItem(name).click();
		return this.opened();
	}

	/** Searches for the node and adds one of its actions, e.g. “Get the credit balance” or “On low balance”. */
	async addLlmGenerator(action: string): Promise<OpenNode> {
		await this.searchNodes('llm');
		await this.chooseNode('LLM Generator');
		return this.addAction(action);
	}

	/** Adds an action of the chosen node. */
	async addAction(action: string): Promise<OpenNode> {
		if (!(await this.panelItem(action).isVisible())) {
			await this.expand(action.startsWith('On ') ? 'Triggers' : 'Actions');
		}
		return this.add(action);
	}

	async open(node: string): Promise<OpenNode> {
		await this.node(node)
			.getByTestId(/^canvas-(default|trigger)-node$/)
			.dblclick();
		return this.opened();
	}

	async executeWorkflow(): Promise<void> {
		await this.page.getByTestId('execute-workflow-button').click();
	}

	/** Zooms so that the whole workflow is visible. */
	async fit(): Promise<void> {
		await this.page.getByRole('button', { name: 'Zoom to Fit' }).click();
	}

	/** The text of a node on the canvas: its name and, below it, its subtitle. */
	async label(node: string): Promise<string[]> {
		const text = await this.node(node)
			.getByTestId(/^canvas-(default|trigger)-node$/)
			.innerText();
		return text.split('\n').filter((line) => line.trim() !== '');
	}

	/** Whether a node has the green check mark of a successful run. */
	async hasSucceeded(node: string): Promise<boolean> {
		return this.node(node).getByTestId('canvas-node-status-success').isVisible();
	}

	/** The icon of a node: its address and its width in pixels (0 if it did not load). */
	async icon(node: string): Promise<{ address: string | null; width: number }> {
		const icon = this.node(node).locator('img');
		const width = await icon.evaluate((image: { naturalWidth: number }) => image.naturalWidth);
		return { address: await icon.getAttribute('src'), width };
	}

	private node(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	private panelItem(name: string): Locator {
		return this.page.getByTestId('node-creator-item-name').getByText(name, { exact: true });
	}

	private async opened(): Promise<OpenNode> {
		const window = this.page.getByTestId('ndv');
		await window.waitFor();
		return new OpenNode(window);
	}
}
