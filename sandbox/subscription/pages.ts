import type { FastifyInstance } from 'fastify';
import { BILLING_PATH } from '../paths';
import type { SandboxState } from '../state';
import { parseWebAddress } from '../webAddress';
import { BILLING_ACTIONS, billingPage, billingPath } from './page';

type WithReturn = { Querystring: { return_url?: unknown } };

/** The page of the subscription, and its forms. */
export function addBillingPages(app: FastifyInstance, state: SandboxState): void {
	app.get<WithReturn>(BILLING_PATH, ({ query }, reply) =>
		reply.type('text/html; charset=utf-8').send(billingPage(state, returnUrl(query))),
	);
	for (const action of BILLING_ACTIONS) {
		app.post<WithReturn>(`${BILLING_PATH}/${action}`, ({ query }, reply) => {
			if (action === 'end') state.subscription = null;
			else if (state.subscription) state.subscription.cancelAtPeriodEnd = action === 'cancel';
			return reply.redirect(billingPath(returnUrl(query)), 303);
		});
	}
}

/** Undefined for everything that is not a web address: the page links to it. */
function returnUrl({ return_url: text }: WithReturn['Querystring']): string | undefined {
	return parseWebAddress(text)?.href;
}
