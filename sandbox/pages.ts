import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sitesPage } from './generation/page';
import { accountPage, messagePage, payPage, thanksPage, USED_BY_A_CLICK } from './pageTexts';
import type { CheckoutSession, SandboxState } from './state';
import { addBillingPages } from './subscription/pages';

type ForSession = { Params: { sessionId: string } };

/** The pages for people: the account, its sites, its subscription, and the pages of a checkout link. */
export function pages(state: SandboxState) {
	return async (app: FastifyInstance) => {
		await app.register(formbody);
		app.addHook('onSend', async (_request, reply) => {
			void reply.headers({
				'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
				'Cache-Control': 'no-store',
			});
		});

		app.get<{ Querystring: { page?: string } }>('/', ({ query }, reply) =>
			show(reply, 200, account({ page: pageNumber(query.page) })),
		);
		app.get('/sites', (_request, reply) => show(reply, 200, sitesPage(state)));
		app.post('/use', (_request, reply) => {
			if (state.ledger.balance < USED_BY_A_CLICK) return show(reply, 409, account({ tooLow: true }));
			state.ledger.book({ type: 'usage', amount: -USED_BY_A_CLICK });
			return reply.redirect('/', 303);
		});

		addBillingPages(app, state);
		app.get<ForSession>('/pay/:sessionId', ({ params }, reply) =>
			withSession(params.sessionId, reply, (session) => show(reply, 200, payPage(session))),
		);
		app.post<ForSession>('/pay/:sessionId', ({ params }, reply) =>
			withSession(params.sessionId, reply, (session) => {
				if (!state.pay(session)) return show(reply, 409, payPage(session));
				return reply.redirect(successAddress(session), 303);
			}),
		);
		app.post<ForSession>('/pay/:sessionId/cancel', ({ params }, reply) =>
			withSession(params.sessionId, reply, (session) => {
				if (!state.cancel(session)) return show(reply, 409, payPage(session));
				return reply.redirect(cancelAddress(session), 303);
			}),
		);
		app.get<{ Querystring: { session_id?: string } }>('/paid', ({ query }, reply) =>
			withSession(query.session_id ?? '', reply, (session) =>
				show(
					reply,
					200,
					session.status === 'paid' ? thanksPage(session, state.ledger.balance) : payPage(session),
				),
			),
		);
	};

	function account(shown: { page?: number; tooLow?: boolean }): string {
		return accountPage(state, shown);
	}

	function withSession(
		sessionId: string,
		reply: FastifyReply,
		then: (session: CheckoutSession) => FastifyReply,
	): FastifyReply {
		const session = state.sessions.get(sessionId);
		if (session) return then(session);
		return show(
			reply,
			404,
			messagePage(
				'Checkout not found',
				'The sandbox loses its checkouts when it restarts. Create a new checkout link in n8n and open it.',
			),
		);
	}
}

/** Everything that is not a page number means the first page. */
function pageNumber(text: unknown): number {
	return typeof text === 'string' && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}

function show(reply: FastifyReply, status: number, page: string): FastifyReply {
	return reply.code(status).type('text/html; charset=utf-8').send(page);
}

/** Like Stripe, replaces every literal {CHECKOUT_SESSION_ID} with the ID of the session. */
function successAddress({ id, successUrl }: CheckoutSession): string {
	if (successUrl === undefined) return `/paid?session_id=${encodeURIComponent(id)}`;
	return asciiAddress(successUrl.replaceAll('{CHECKOUT_SESSION_ID}', encodeURIComponent(id)));
}

function cancelAddress({ cancelUrl }: CheckoutSession): string {
	return cancelUrl === undefined ? '/' : asciiAddress(cancelUrl);
}

/** A Location header must be ASCII: `href` encodes all other characters. The address was checked with the checkout. */
function asciiAddress(url: string): string {
	return new URL(url).href;
}
