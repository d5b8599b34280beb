import type { Locator, Page } from 'playwright-core';
import { eventually } from '../../until';

/** Of n8n's registry checks, npm's download, and loading the package. In milliseconds. */
const CHANGE_LIMIT_MS = 120_000;
const LOADS_WITHIN_MS = 15_000;
/** If its database does not respond in time, as on a busy computer, n8n refuses a request before it does anything. */
const NOT_READY = /status code 503/;

/** Settings → Community nodes, as the owner of an n8n uses it. */
export class CommunityNodes {
	constructor(
		readonly page: Page,
		private readonly n8nUrl: string,
	) {}

	async open(): Promise<void> {
		await eventually(async () => {
			await this.page.goto(`${this.n8nUrl}/settings/community-nodes`);
			await this.installButton.waitFor({ timeout: LOADS_WITHIN_MS });
		});
	}

	/** Installs a package, given as a user types it. Returns n8n's message. */
	async install(name: string): Promise<string> {
		return this.change(async () => {
			await this.installButton.click();
			await this.page.getByTestId('communityPackageInstall-modal').getByRole('textbox').first().fill(name);
			await this.page.getByTestId('user-agreement-checkbox').click();
			await this.page.getByTestId('install-community-package-button').click();
		});
	}

	/** Clicks “Update”, which opens a window where one confirms it. */
	async prepareUpdate(): Promise<void> {
		await this.card.getByRole('button', { name: 'Update' }).click();
		await this.confirmUpdate.waitFor();
	}

	/** Confirms the update. Returns n8n's message. */
	async update(): Promise<string> {
		return this.change(async () => {
			if (!(await this.confirmUpdate.isVisible())) await this.prepareUpdate();
			await this.confirmUpdate.click();
		});
	}

	async uninstall(): Promise<string> {
		return this.change(async () => {
			await this.card.getByTestId('action-toggle').click();
			await this.page.getByTestId('action-uninstall').filter({ visible: true }).click();
			await this.page.getByRole('button', { name: 'Confirm uninstall' }).click();
		});
	}

	/** The text about the installed package: its name, its nodes and its version. */
	async package(): Promise<string> {
		await this.card.getByText(/v\d/).waitFor();
		return (await this.card.innerText()).replace(/\s+/g, ' ');
	}

	/** The same, once more from the server, not as the page remembers it. */
	async installed(): Promise<string> {
		await this.open();
		return this.package();
	}

	/** The package is installed, and no other one. */
	get card(): Locator {
		return this.page.getByTestId('community-package-card');
	}

	private get installButton(): Locator {
		return this.page.getByRole('button', { name: /^Install/ });
	}

	private get confirmUpdate(): Locator {
		return this.page.getByRole('button', { name: 'Confirm update' });
	}

	/** Makes a change, again if n8n was not ready for it, and returns n8n's message. */
	private async change(make: () => Promise<void>): Promise<string> {
		await make();
		const message = await this.message();
		if (!NOT_READY.test(message)) return message;
		await this.open();
		return this.change(make);
	}

	/** n8n's message about the result. */
	private async message(): Promise<string> {
		const notification = this.page.getByRole('alert').last();
		await notification.waitFor({ timeout: CHANGE_LIMIT_MS });
		return (await notification.innerText()).replace(/\s+/g, ' ');
	}
}
