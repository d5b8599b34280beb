import type { Locator } from 'playwright-core';
import { CredentialWindow } from './credentialWindow';
import { Fields } from './fields';

const SOON_MS = 10_000;

/** The window of an open node: its fields in the middle, what comes in on the left, what comes out on the right. */
export class OpenNode extends Fields {
	private readonly input: Locator;
	readonly output: Locator;

	constructor(window: Locator) {
		super(window);
		this.input = window.getByTestId('ndv-input-panel');
		this.output = window.getByTestId('output-panel');
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

	/** The fields that can be taken from the nodes before this one, as n8n lists them on the left. */
	async inputFields(): Promise<string[]> {
		const items = this.input.getByTestId('run-data-schema-item');
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
		const button = this.page.getByTestId('node-execute-button');
		const outcome = this.output.getByTestId(/^node-run-status-(success|danger)$/);
		await button.click();
		// Right after a required field was filled in, n8n may still say that it is missing. People press again.
		await outcome.waitFor({ timeout: SOON_MS }).catch(() => button.click());
		await outcome.waitFor();
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
}
