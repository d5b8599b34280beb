import type { Locator, Page } from 'playwright-core';
import { CredentialWindow } from './credentialWindow';

/** The window of an open node: its fields in the middle, what comes in on the left, what comes out on the right. */
export class OpenNode {
	private readonly parameters: Locator;
	private readonly input: Locator;
	readonly output: Locator;
	private readonly page: Page;

	constructor(readonly window: Locator) {
		this.parameters = window.getByTestId('node-parameters');
		this.input = window.getByTestId('ndv-input-panel');
		this.output = window.getByTestId('output-panel');
		this.page = window.page();
	}

	/** The part in the middle, with the fields. */
	get middle(): Locator {
		const tabs = this.page.getByTestId('tab-params');
		return this.window
			.locator('div')
			.filter({ has: tabs })
			.filter({ has: this.page.getByTestId('node-parameters') })
			.last();
	}

	/** Takes the middle by its handle and pulls it to the left as far as it goes, so that more of the output is seen. */
	async widenOutput(): Promise<void> {
		await this.window.getByTestId('panel-drag-button').hover();
		await this.page.mouse.down();
		await this.page.mouse.move(0, 0, { steps: 5 });
		await this.page.mouse.up();
	}

	/** What the fields are called, from top to bottom. */
	async fields(): Promise<string[]> {
		const labels = this.parameters.getByTestId('input-label').filter({ visible: true });
		return (await labels.allInnerTexts()).map((text) => text.split('\n')[0].trim());
	}

	/** A field with its label. Inside a collection, the field itself. */
	field(label: string): Locator {
		const itsLabel = this.page.getByTestId('input-label').getByText(label, { exact: true });
		return this.parameters.getByTestId('parameter-item').filter({ has: itsLabel, visible: true }).last();
	}

	async type(label: string, text: string): Promise<void> {
		const box = this.field(label).getByRole('textbox').or(this.field(label).getByRole('spinbutton'));
		await box.fill(text);
		await box.blur();
	}

	async switchOn(label: string): Promise<void> {
		// The input itself is invisible; what a person sees and presses is around it.
		await this.field(label).getByRole('switch').locator('..').click();
	}

	/** What is in a field; for a list, what is chosen. */
	async value(label: string): Promise<string> {
		return this.field(label).locator('input').last().inputValue();
	}

	async placeholder(label: string): Promise<string | null> {
		return this.field(label).locator('input').last().getAttribute('placeholder');
	}

	/** What n8n says of a field while a person points at the question mark behind its label. */
	async explanation(label: string): Promise<string> {
		const itsLabel = this.field(label).locator('label').first();
		await itsLabel.hover();
		await itsLabel.locator('svg').first().hover();
		const bubble = this.page.getByTestId('tooltip-content');
		const text = await bubble.innerText();
		await this.window.hover({ position: { x: 2, y: 2 } });
		await bubble.waitFor({ state: 'hidden' });
		return text;
	}

	async choose(label: string, option: string): Promise<void> {
		await this.field(label).getByRole('combobox').first().click();
		await this.option(option).click();
	}

	/** What can be chosen in a field. */
	async choices(label: string): Promise<string[]> {
		const box = this.field(label).getByRole('combobox').first();
		await box.click();
		const options = this.page.getByRole('option').filter({ visible: true });
		await options.first().waitFor();
		const texts = await options.allInnerTexts();
		await box.click();
		return texts.map((text) => text.split('\n')[0]);
	}

	/** Adds a field that is not shown at first, e.g. to Filters. Where there is only one, n8n does not ask which. */
	async add(collection: string, label: string): Promise<void> {
		await this.field(collection).getByTestId('collection-parameter-add').click();
		const offered = this.page.getByTestId('collection-parameter-option').getByText(label, { exact: true });
		const added = this.field(label);
		await offered.filter({ visible: true }).or(added).first().waitFor();
		if (!(await added.isVisible())) await offered.click();
		await added.waitFor();
	}

	/** Opens the list of a field that fetches its choices from the account. */
	async openList(label: string): Promise<FetchedList> {
		await this.field(label).getByTestId('rlc-input').click();
		return new FetchedList(this.page);
	}

	/** What can be taken from the node before this one, as n8n lists it on the left: its fields, by name. */
	async inputFields(node: string): Promise<string[]> {
		const items = this.input.locator(':scope', { hasText: node }).getByTestId('run-data-schema-item');
		return items.getByTestId('run-data-schema-node-name').allInnerTexts();
	}

	/** The credential chosen. */
	async credential(): Promise<string> {
		return this.parameters.getByTestId('node-credentials-select').getByRole('combobox').inputValue();
	}

	async createCredential(): Promise<CredentialWindow> {
		await this.parameters.getByTestId('node-credentials-select').click();
		await this.page.getByTestId('node-credentials-select-item-new').filter({ visible: true }).click();
		return CredentialWindow.opened(this.page);
	}

	/** Opens the credential chosen, upon which n8n tests it. */
	async openCredential(): Promise<CredentialWindow> {
		await this.parameters.getByTestId('credential-edit-button').click();
		return CredentialWindow.opened(this.page);
	}

	/** Presses the button that runs this node, and waits until it is said what came of it. */
	async execute(): Promise<void> {
		await this.page.getByTestId('node-execute-button').click();
		await this.output.getByTestId(/^node-run-status-(success|danger)$/).waitFor();
	}

	/** The rows of the output's table, as n8n shows them. */
	async rows(): Promise<Array<Record<string, string>>> {
		await this.output.getByRole('row').first().waitFor();
		const [header, ...rows] = await this.output.getByRole('row').all();
		const names = await header.getByRole('columnheader').allInnerTexts();
		const table: Array<Record<string, string>> = [];
		for (const row of rows) {
			const cells = await row.getByRole('cell').allInnerTexts();
			// The last column has no name and only takes up what room is left.
			table.push(Object.fromEntries(names.flatMap((name, column) => (name ? [[name, cells[column]]] : []))));
		}
		return table;
	}

	/** What went wrong, in the words that n8n shows. */
	async complaint(): Promise<string> {
		return this.output.getByTestId('node-error-message').innerText();
	}

	async close(): Promise<void> {
		await this.page.getByTestId('ndv-close-button').click();
	}

	private option(text: string): Locator {
		const itsText = this.page.getByText(text, { exact: true });
		return this.page.getByRole('option').filter({ has: itsText, visible: true });
	}
}

/** The open list of a field that fetches its choices. */
export class FetchedList {
	constructor(private readonly page: Page) {}

	async choices(): Promise<string[]> {
		return this.page.getByTestId('rlc-item').filter({ visible: true }).allInnerTexts();
	}

	async search(words: string): Promise<void> {
		await this.page.getByTestId('rlc-search').fill(words);
	}

	async choose(text: string): Promise<void> {
		await this.page.getByTestId('rlc-item').getByText(text, { exact: true }).click();
	}

	/** What the list says where it could not be fetched. */
	async complaint(): Promise<string> {
		return this.page.getByTestId('rlc-error-container').innerText();
	}
}
