import type { Locator, Page } from 'playwright-core';
import { typeInto } from './typing';

/** The window in which a credential is filled in. */
export class CredentialWindow {
	private constructor(readonly window: Locator) {}

	static async opened(page: Page): Promise<CredentialWindow> {
		const window = page.getByTestId('editCredential-modal');
		await window.getByTestId('credential-connection-parameter').first().waitFor();
		// n8n shows the name that it suggests a moment later, and saves no credential without a name.
		await window.getByTestId('credential-name').waitFor();
		return new CredentialWindow(window);
	}

	async type(label: string, text: string): Promise<void> {
		const box = this.field(label).getByRole('textbox');
		await typeInto(box, text);
	}

	async placeholder(label: string): Promise<string | null> {
		return this.field(label).getByRole('textbox').getAttribute('placeholder');
	}

	/** Saves the credential; n8n then tests it. */
	async save(): Promise<void> {
		await this.window.getByTestId('credential-save-button').click();
	}

	/** The green message, or the red one with its “More details”. */
	async testResult(): Promise<{ colour: 'green' | 'red'; text: string }> {
		const green = this.window.getByTestId('credentials-config-container-test-success');
		const red = this.window.locator('.el-tag--danger').filter({ visible: true });
		await green.filter({ visible: true }).or(red).waitFor();
		if (await green.isVisible()) return { colour: 'green', text: await green.innerText() };
		await red.getByText('More details').click();
		return { colour: 'red', text: await red.innerText() };
	}

	/** Waits until n8n has closed the window, which it does when a new credential is saved and works. */
	async closed(): Promise<void> {
		await this.window.waitFor({ state: 'hidden' });
	}

	private field(label: string): Locator {
		return this.window.getByTestId('credential-connection-parameter').filter({ hasText: label });
	}
}
