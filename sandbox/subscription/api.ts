import type { FastifyInstance, FastifyReply } from 'fastify';
import { asRecord, isOneOf } from '../fields';
import { nestRefusal } from '../refusal';
import type { SandboxState } from '../state';
import { optionalAddress } from '../webAddress';
import { billingPath } from './page';
import { BILLING_CYCLES, currentSubscription, PLANS, priceCentsOf } from './subscription';

/** Subscriptions. As for generation, NestJS decides where the API reference says nothing. */
export function addSubscriptions(app: FastifyInstance, state: SandboxState): void {
	app.get('/subscriptions/current/api', () => currentSubscription(state.subscription));
	app.post('/subscriptions/checkout/api', ({ body }, reply) => created(reply, checkout(body, state)));
	app.post('/subscriptions/portal/api', ({ body }, reply) => created(reply, portal(body, state)));
}

function created(reply: FastifyReply, answer: object): object {
	void reply.code(201);
	return answer;
}

function checkout(body: unknown, state: SandboxState) {
	const { planId, billingCycle = 'monthly', successUrl, cancelUrl } = asRecord(body);
	const plan = PLANS.find(({ id }) => id === planId);
	if (!plan) {
		throw nestRefusal(400, `Invalid plan ID. Must be one of: ${PLANS.map(({ id }) => id).join(', ')}`);
	}
	if (!isOneOf(BILLING_CYCLES, billingCycle)) {
		throw nestRefusal(400, [
			`billingCycle must be one of the following values: ${BILLING_CYCLES.join(', ')}`,
		]);
	}
	if (state.subscription) {
		throw nestRefusal(
			400,
			'You already have an active subscription. Use the billing portal to change your plan.',
		);
	}
	const session = state.openSession({
		package: plan,
		billingCycle,
		successUrl: optionalAddress('successUrl', successUrl),
		cancelUrl: optionalAddress('cancelUrl', cancelUrl),
	});
	const { id, name, credits } = plan;
	return {
		sessionId: session.id,
		url: `${state.publicUrl}/pay/${session.id}`,
		plan: { id, name, monthlyCredits: credits, priceCents: priceCentsOf(plan, billingCycle) },
	};
}

function portal(body: unknown, { hasBillingAccount, publicUrl }: SandboxState) {
	const returnUrl = optionalAddress('returnUrl', asRecord(body).returnUrl);
	if (!hasBillingAccount) throw nestRefusal(400, 'No billing account found. Please make a purchase first.');
	return { url: publicUrl + billingPath(returnUrl) };
}
