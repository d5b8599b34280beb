import type { FastifyInstance } from 'fastify';
import { addDiscoveryControl } from './discovery/control';
import type { DiscoverySettings } from './discovery/settings';
import type { FaultRule } from './faults';
import { addGenerationControl } from './generation/control';
import type { GenerationSettings } from './generation/settings';
import type { Order, Transaction } from './ledger';
import type { RateLimit, RetryAfter } from './rateLimit';
import type { SandboxState } from './state';
import { addSubscriptionControl } from './subscription/control';

/** The control API of the sandbox: tests in other processes use it instead of the Sandbox object. */
export function control(state: SandboxState) {
	return (app: FastifyInstance, _options: object, done: () => void) => {
		app.post<{ Body: FaultRule | FaultRule[] }>('/faults', ({ body }) => {
			state.faults.add(...[body].flat());
			return { rules: state.faults.rules };
		});
		app.delete('/faults', () => {
			state.faults.clear();
			return { rules: state.faults.rules };
		});

		app.get('/ledger', () => ({
			order: state.order,
			balance: state.ledger.balance,
			transactions: state.ledger.all(state.order),
		}));
		app.post<{ Body: (Partial<Transaction> & { count?: number }) | undefined }>(
			'/transactions',
			({ body }) => {
				const { count = 1, ...partial } = body ?? {};
				return { transactions: Array.from({ length: count }, () => state.ledger.book(partial)) };
			},
		);
		app.delete<{ Params: { id: string } }>('/transactions/:id', ({ params }, reply) =>
			reply.code(state.ledger.remove(params.id) ? 200 : 404).send({ id: params.id }),
		);

		app.get('/requests', () => {
			const { entries, maxInFlight } = state.requests;
			return { entries, maxInFlight };
		});
		app.delete('/requests', () => {
			state.requests.clear();
			return {};
		});

		app.put<{ Body: Settings }>('/settings', ({ body }) => {
			if (body.order) state.order = body.order;
			if (body.rateLimit !== undefined) state.rateLimit = body.rateLimit ?? undefined;
			if (body.retryAfter) state.retryAfter = body.retryAfter;
			Object.assign(state.generation, body.generation);
			Object.assign(state.discovery, body.discovery);
			for (const [key, permissions] of Object.entries(body.keyPermissions ?? {})) {
				if (permissions) state.keyPermissions.set(key, permissions);
				else state.keyPermissions.delete(key);
			}
			const { order, rateLimit, retryAfter, generation, discovery } = state;
			const keyPermissions = Object.fromEntries(state.keyPermissions);
			return { order, rateLimit, retryAfter, generation, discovery, keyPermissions };
		});
		app.post<{ Body: { rows?: number; seed?: number; order?: Order } | undefined }>('/reset', ({ body }) => {
			state.reset(body);
			return {
				order: state.order,
				rows: state.ledger.all(state.order).length,
				balance: state.ledger.balance,
			};
		});
		addGenerationControl(app, state);
		addDiscoveryControl(app, state);
		addSubscriptionControl(app, state);
		done();
	};
}

interface Settings {
	order?: Order;
	/** null removes the limit. */
	rateLimit?: RateLimit | null;
	retryAfter?: RetryAfter;
	generation?: Partial<GenerationSettings>;
	discovery?: Partial<DiscoverySettings>;
	/** By key; null gives it all permissions again. */
	keyPermissions?: Record<string, string[] | null>;
}
