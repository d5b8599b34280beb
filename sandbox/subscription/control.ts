import type { FastifyInstance } from 'fastify';
import type { SandboxState } from '../state';
import { currentSubscription, type Subscription, subscriptionTo } from './subscription';

/**
 * The subscription in the control API:
 *
 *   GET    /subscription     as GET /subscriptions/current/api responds
 *   PUT    /subscription     fields of the subscription; those that are left out stay, or are those of a new subscription
 *   DELETE /subscription     there is none
 */
export function addSubscriptionControl(app: FastifyInstance, state: SandboxState): void {
	const current = () => currentSubscription(state.subscription);
	app.get('/subscription', current);
	app.put<{ Body: Partial<Subscription> | undefined }>('/subscription', ({ body }) => {
		const before = state.subscription ?? subscriptionTo('professional', 'monthly', state.clock.now());
		state.subscription = { ...before, ...body };
		return current();
	});
	app.delete('/subscription', () => {
		state.subscription = null;
		return current();
	});
}
