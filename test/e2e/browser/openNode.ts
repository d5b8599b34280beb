import type { Locator, Request } from 'playwright-core';
import { CredentialWindow } from './credentialWindow';
import { Fields } from './fields';

const STARTS_WITHIN_MS = 20_000;
/** The request of the editor that starts a run. */
const isRun = (request: Request) =>
	request.method() === 'POST' && /\/rest\/workflows\/\w+\/run$/.test(request.url());

/** The window of an open node: the input on the left, the fields in the middle, the output on the right. */
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

	/** Drags the middle part to the left by its handle, so that more of the output is visible. */
	async widenOutput(): Promise<void> {
		await this.window.getByTestId('panel-drag-button').hover();
		await this.page.mouse.down();
		await this.page.mouse.move(0, 0, { steps: 5 });
		await this.page.mouse.up();
	}

	/** The fields of the nodes before this one, as n8n lists them on the left. */
	async inputFields(): Promise<string[]> {
		const items = this.input.getByTestId('run-data-schema-item');
		return items.getByTestId('run-data-schema-node-name').allInnerTexts();
	}

	/** The name of the chosen credential. */
	async credential(): Promise<string> {
		return this.parameters.getByTestId('node-credentials-select').getByRole('combobox').inputValue();
	}

	async createCredential(): Promise<CredentialWindow> {
		const select = this.parameters.getByTestId('node-credentials-select');
		// For the first credential of its type, n8n 2.41 shows this button in place of the list.
		const first = this.parameters.getByRole('button', { name: /^Connect to/ });
		await select.or(first).first().waitFor();
		if (await first.isVisible()) {
			await first.click();
		} else {
			await select.click();
			await this.page.getByTestId('node-credentials-select-item-new').filter({ visible: true }).click();
		}
		return CredentialWindow.opened(this.page);
	}

	/** Opens the chosen credential; n8n then tests it. */
	async openCredential(): Promise<CredentialWindow> {
		await this.parameters.getByTestId('credential-edit-button').click();
		return CredentialWindow.opened(this.page);
	}

	/** Runs this node once, and waits until n8n shows its result. */
	async execute(): Promise<void> {
		const button = this.page.getByTestId('node-execute-button');
		const started = this.page.waitForRequest(isRun, { timeout: STARTS_WITHIN_MS }).catch(() => undefined);
		await button.click();
		// Right after a required field was filled in, n8n may still report it as missing. Then click again, as users do.
		if (!(await started)) await button.click();
		await this.output.getByTestId(/^node-run-status-(success|danger)$/).waitFor();
	}

	/** Chooses how n8n shows the output; n8n keeps this choice for the nodes that are opened later. */
	async show(view: 'schema' | 'table' | 'binary'): Promise<void> {
		await this.output.getByTestId(`radio-button-${view}`).click();
	}

	/** The rows of the output's table, as n8n shows them. */
	async rows(): Promise<Array<Record<string, string>>> {
		await this.output.getByRole('row').first().waitFor();
		const [header, ...rows] = await this.output.getByRole('row').all();
		const names = await header.getByRole('columnheader').allInnerTexts();
		const table: Array<Record<string, string>> = [];
		for (const row of rows) {
			const cells = await row.getByRole('cell').allInnerTexts();
			// The last column has no name; it only fills the remaining space.
			table.push(Object.fromEntries(names.flatMap((name, column) => (name ? [[name, cells[column]]] : []))));
		}
		return table;
	}

	/** Opens the file of the output, as “View” shows it, and returns its text. */
	async viewFile(): Promise<string> {
		await this.show('binary');
		await this.output.getByTestId('ndv-view-binary-data').click();
		const text = this.window.frameLocator('iframe.binary-data').locator('pre');
		return (await text.textContent()) ?? '';
	}

	/** The error message that n8n shows. */
	async errorMessage(): Promise<string> {
		return this.output.getByTestId('node-error-message').innerText();
	}

	async close(): Promise<void> {
		await this.page.getByTestId('ndv-close-button').click();
	}
}
