import { discoveriesSection } from './discovery/page';
import { generationsSection, refreshSeconds, sitesSection } from './generation/page';
import { html, Html } from './html';
import { layout } from './layout';
import type { Transaction } from './ledger';
import { API_PREFIX } from './paths';
import type { CheckoutSession, SandboxState } from './state';
import { subscriptionLine } from './subscription/page';
import { priceCentsOf } from './subscription/subscription';

export const USED_BY_A_CLICK = 50;

const ROWS_A_PAGE = 25;

/** The account page: balance, how to connect n8n, one page of the ledger; on the first page, generations and sites. */
export function accountPage(
	state: SandboxState,
	{ page = 1, tooLow = false }: { page?: number; tooLow?: boolean },
): string {
	const { ledger, apiKeys, publicUrl } = state;
	const offset = (page - 1) * ROWS_A_PAGE;
	const { transactions, total, hasMore } = ledger.page({ limit: ROWS_A_PAGE, offset, order: 'newestFirst' });
	const { balance, totalPurchased, totalUsed } = ledger;
	const refunded = balance - totalPurchased + totalUsed;

	return layout(
		'Account',
		html`<section class="stack">
				<div class="row">
					<div>
						<h1 class="quiet small">Balance</h1>
						<p class="big">${count(balance)} <small>credits</small></p>
						<p class="quiet small">
							${count(totalPurchased)} bought, ${count(totalUsed)} used, ${count(refunded)} refunded
						</p>
						${subscriptionLine(state)}
					</div>
					<form method="post" action="/use">
						<button>Use ${USED_BY_A_CLICK} credits</button>
					</form>
				</div>
				${tooLow
					? html`<p class="note" role="status">
							Only ${count(balance)} credits are left, so none were used. Buy a package first: create a
							checkout link in n8n and open it.
						</p>`
					: ''}
			</section>
			${page === 1
				? [generationsSection(state), html`${discoveriesSection(state)}`, sitesSection(state)]
				: ''}
			<section class="stack">
				<h2>Connect n8n</h2>
				<p class="quiet">
					This is a sandbox: a local mock of the LLM Generator API. To connect n8n to it, enter these values
					in an LLM Generator API credential.
				</p>
				<dl>
					<dt>Base URL</dt>
					<dd><code>${publicUrl}${API_PREFIX}</code></dd>
					<dt>API key</dt>
					<dd><code>${apiKeys[0]}</code></dd>
				</dl>
			</section>
			<section class="stack">
				<h2>Ledger</h2>
				<table>
					<thead>
						<tr>
							<th>Date (UTC)</th>
							<th>Description</th>
							<th class="amount">Credits</th>
						</tr>
					</thead>
					<tbody>
						${transactions.map(ledgerRow)}
					</tbody>
				</table>
				<nav class="row small">
					<span>${offset > 0 ? html`<a href="/?page=${page - 1}">Newer</a>` : ''}</span>
					<span class="quiet"
						>${transactions.length === 0
							? 'No transactions'
							: `${offset + 1}–${offset + transactions.length} of ${count(total)}`}</span
					>
					<span>${hasMore ? html`<a href="/?page=${page + 1}">Older</a>` : ''}</span>
				</nav>
			</section>`,
		// The response to a form cannot be loaded again.
		page === 1 && !tooLow ? refreshSeconds(state) : undefined,
	);
}

/** The payment page. If the checkout is already paid or cancelled, the page says so. */
export function payPage({ id, status, package: ordered, billingCycle }: CheckoutSession): string {
	const priceCents = billingCycle ? priceCentsOf(ordered, billingCycle) : ordered.priceCents;
	const settled = billingCycle ? SETTLED_SUBSCRIPTION : SETTLED;
	return layout(
		ordered.name,
		html`<p class="note">No money moves here. This page replaces the real checkout.</p>
			<section class="stack narrow">
				<div>
					<h1>${ordered.name}${billingCycle ? ' plan' : ''}</h1>
					<p class="quiet">${count(ordered.credits)} credits${billingCycle ? ' a month' : ''}</p>
				</div>
				<p class="big">
					${PRICE.format(priceCents / 100)}${billingCycle
						? html` <small>${billingCycle === 'yearly' ? 'a year' : 'a month'}</small>`
						: ''}
				</p>
				${status === 'open'
					? html`<form method="post" class="row start">
							<button>Pay</button>
							<button class="second" formaction="/pay/${id}/cancel">Cancel</button>
						</form>`
					: html`<p role="status">${settled[status]}</p>
							<p><a href="/">Go to the account</a></p>`}
			</section>`,
	);
}

/** The page after the payment. */
export function thanksPage({ package: bought, billingCycle }: CheckoutSession, balance: number): string {
	const begun = billingCycle ? `The ${bought.name} plan has started. ` : '';
	return messagePage(
		'Thank you',
		`${begun}${count(bought.credits)} credits were added. The balance is now ${count(balance)} credits.`,
	);
}

/** A page with a title and one sentence. */
export function messagePage(title: string, text: string): string {
	return layout(
		title,
		html`<section class="stack narrow">
			<h1>${title}</h1>
			<p>${text}</p>
			<p><a href="/">Go to the account</a></p>
		</section>`,
	);
}

const SETTLED = {
	paid: 'This checkout was paid. Its credits were added once. To buy more, create a new checkout link.',
	cancelled: 'This checkout was cancelled. Nothing was bought. To buy credits, create a new checkout link.',
};

const SETTLED_SUBSCRIPTION = {
	paid: 'This checkout was paid, and the subscription has started. The billing portal shows it.',
	cancelled: 'This checkout was cancelled. Nothing was bought. To subscribe, create a new checkout link.',
};

const NUMBER = new Intl.NumberFormat('en-US');
const PRICE = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

function ledgerRow({ amount, description, createdAt }: Transaction): Html {
	const comesIn = amount > 0;
	return html`<tr>
		<td><time datetime="${createdAt}">${MOMENT.format(new Date(createdAt))}</time></td>
		<td>${description}</td>
		<td class="amount ${comesIn ? 'in' : ''}">${comesIn ? '+' : '−'}${count(Math.abs(amount))}</td>
	</tr>`;
}

function count(credits: number): string {
	return NUMBER.format(credits);
}
