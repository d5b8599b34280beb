import { html, Html } from '../html';
import { layout } from '../layout';
import { BILLING_PATH } from '../paths';
import type { SandboxState } from '../state';
import { PLANS, priceCentsOf, type Subscription } from './subscription';

/** What the billing page can do with a subscription. */
export const BILLING_ACTIONS = ['cancel', 'keep', 'end'] as const;

/** One line about the subscription, with a link to the billing page. */
export function subscriptionLine({ subscription }: SandboxState): Html {
	return html`<p class="quiet small">
		${subscription ? html`${nameOf(subscription)} plan, ${ending(subscription)}` : 'No subscription'} (<a
			href="${BILLING_PATH}"
			>billing</a
		>)
	</p>`;
}

/** The page that a billing portal link opens. `returnUrl` must be a checked web address. */
export function billingPage({ subscription }: SandboxState, returnUrl?: string): string {
	return layout(
		'Billing',
		html`<p class="note">No money moves here. This page replaces the real billing portal.</p>
			<section class="stack narrow">
				<h1>Billing</h1>
				${subscription
					? plan(subscription, returnUrl)
					: html`<p>
							There is no subscription. To start one, create a subscription checkout link in n8n and open it.
						</p>`}
				<p>
					${returnUrl === undefined
						? html`<a href="/">Go to the account</a>`
						: html`<a href="${returnUrl}">Go back to where you came from</a>`}
				</p>
			</section>`,
	);
}

/** The path of the billing page, or of one of its forms; it keeps the address to return to. */
export function billingPath(returnUrl?: string, action?: (typeof BILLING_ACTIONS)[number]): string {
	const path = action === undefined ? BILLING_PATH : `${BILLING_PATH}/${action}`;
	return returnUrl === undefined ? path : `${path}?return_url=${encodeURIComponent(returnUrl)}`;
}

function plan(subscription: Subscription, returnUrl?: string): Html {
	const { status, billingCycle, cancelAtPeriodEnd } = subscription;
	const known = planOf(subscription);
	return html`<p class="big">${nameOf(subscription)}</p>
		<dl>
			<dt>Status</dt>
			<dd>${status}, ${ending(subscription)}</dd>
			<dt>Billing</dt>
			<dd>${billingCycle}${known ? `, ${PRICE.format(priceCentsOf(known, billingCycle) / 100)}` : ''}</dd>
			${known
				? html`<dt>Credits</dt>
						<dd>${known.credits.toLocaleString('en-US')} a month</dd>`
				: ''}
		</dl>
		<form method="post" class="row start">
			${cancelAtPeriodEnd
				? html`<button formaction="${billingPath(returnUrl, 'keep')}">Keep the plan</button>`
				: html`<button formaction="${billingPath(returnUrl, 'cancel')}">
						Cancel at the end of the period
					</button>`}
			<button class="second" formaction="${billingPath(returnUrl, 'end')}">End it now</button>
		</form>`;
}

function planOf(subscription: Subscription) {
	return PLANS.find(({ id }) => id === subscription.plan);
}

/** A plan that the sandbox does not know has no other name than its ID. */
function nameOf(subscription: Subscription): string {
	return planOf(subscription)?.name ?? subscription.plan;
}

function ending({ cancelAtPeriodEnd, currentPeriodEnd }: Subscription): string {
	return `${cancelAtPeriodEnd ? 'ends' : 'renews'} on ${DATE.format(new Date(currentPeriodEnd))}`;
}

const PRICE = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
