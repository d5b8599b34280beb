import type { Locator, Page } from 'playwright-core';
import { eventually } from '../../until';
import { typeInto } from './typing';

const LOADS_WITHIN_MS = 15_000;

/** The fields of an open node, each found by its label. */
export class Fields {
	protected readonly page: Page;
	protected readonly parameters: Locator;

	constructor(protected readonly window: Locator) {
		this.page = window.page();
		this.parameters = window.getByTestId('node-parameters');
	}

	/** The labels of the fields, from top to bottom. */
	async fields(): Promise<string[]> {
		const labels = this.parameters.getByTestId('input-label').filter({ visible: true });
		return (await labels.allInnerTexts()).map((text) => text.split('\n')[0].trim());
	}

	async type(label: string, text: string): Promise<void> {
		const box = this.field(label).getByRole('textbox').or(this.field(label).getByRole('spinbutton'));
		await typeInto(box, text);
	}

	async switchOn(label: string): Promise<void> {
		// The input itself is invisible; the visible switch is around it.
		await this.field(label).getByRole('switch').locator('..').click();
	}

	/** The value of a field; for a list, the chosen option. */
	async value(label: string): Promise<string> {
		return this.field(label).locator('input').last().inputValue();
	}

	async placeholder(label: string): Promise<string | null> {
		return this.field(label).locator('input').last().getAttribute('placeholder');
	}

	/** The tooltip that n8n shows when a user points at the question mark next to a label. */
	async tooltip(label: string): Promise<string> {
		const itsLabel = this.field(label).locator('label').first();
		await itsLabel.hover();
		await itsLabel.locator('svg').first().hover();
		const tooltip = this.page.getByTestId('tooltip-content');
		const text = await tooltip.innerText();
		await this.window.hover({ position: { x: 2, y: 2 } });
		await tooltip.waitFor({ state: 'hidden' });
		return text;
	}

	async choose(label: string, option: string): Promise<void> {
		await this.field(label).getByRole('combobox').first().click();
		await this.option(option).click();
	}

	/** The options of a field. */
	async choices(label: string): Promise<string[]> {
		const box = this.field(label).getByRole('combobox').first();
		await box.click();
		const options = this.page.getByRole('option').filter({ visible: true });
		await options.first().waitFor();
		const texts = await options.allInnerTexts();
		await box.click();
		return texts.map((text) => text.split('\n')[0]);
	}

	/** Adds a field that is not shown at first, e.g. to Filters. If there is only one, n8n adds it directly. */
	async add(collection: string, label: string): Promise<void> {
		await this.field(collection).getByTestId('collection-parameter-add').click();
		const option = this.page.getByTestId('collection-parameter-option').getByText(label, { exact: true });
		const added = this.field(label);
		await option.filter({ visible: true }).or(added).first().waitFor();
		if (!(await added.isVisible())) await option.click();
		await added.waitFor();
	}

	/** Opens the list of a field that loads its options from the account, and waits until they or a message are shown. */
	async openList(label: string): Promise<LoadedList> {
		const list = new LoadedList(this.field(label).getByTestId('rlc-input'));
		await list.open();
		return list;
	}

	/** The field with this label; in a collection, the inner field. */
	private field(label: string): Locator {
		const itsLabel = this.page.getByTestId('input-label').getByText(label, { exact: true });
		return this.parameters.getByTestId('parameter-item').filter({ has: itsLabel, visible: true }).last();
	}

	private option(text: string): Locator {
		const itsText = this.page.getByText(text, { exact: true });
		return this.page.getByRole('option').filter({ has: itsText, visible: true });
	}
}

/** The list of a field that loads its options. */
export class LoadedList {
	private readonly page: Page;

	constructor(private readonly input: Locator) {
		this.page = input.page();
	}

	/**
	 * Waits until its entries or a message are shown. If another field changes at the wrong moment, n8n shows the list as loading
	 * for ever, also a list that was loaded: like a user, closes it and opens it again.
	 */
	async open(): Promise<void> {
		await eventually(async () => {
			await this.input.blur();
			await this.input.click();
			await this.isLoaded();
		});
	}

	async choices(): Promise<string[]> {
		await this.isLoaded().catch(async () => this.open());
		return this.page.getByTestId('rlc-item').filter({ visible: true }).allInnerTexts();
	}

	async search(words: string): Promise<void> {
		await this.page.getByTestId('rlc-search').fill(words);
	}

	async choose(text: string): Promise<void> {
		await this.page.getByTestId('rlc-item').getByText(text, { exact: true }).click();
	}

	/** The message of a list that could not be loaded. */
	async errorMessage(): Promise<string> {
		return this.page.getByTestId('rlc-error-container').innerText();
	}

	private async isLoaded(): Promise<void> {
		const shown = this.page.getByTestId('rlc-item').or(this.page.getByTestId('rlc-error-container'));
		await shown.filter({ visible: true }).first().waitFor({ timeout: LOADS_WITHIN_MS });
	}
}
