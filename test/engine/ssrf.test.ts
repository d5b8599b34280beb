/** n8n's own protection against requests to internal addresses. n8n reads its settings when it is loaded. */
import { onPage, quotesOf } from './quotedMessages';

process.env.N8N_SSRF_PROTECTION_ENABLED = 'true';

const FATE_UNKNOWN = /It is not known whether the checkout was made/;
const operations = [
	{ operation: 'getBalance' },
	{ operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } },
];

test.each(['http://127.0.0.1:1', 'http://localhost:1', 'https://10.0.0.7', 'https://[fd00::1]'])(
	'%s is blocked: the message says that nothing was sent, and who can allow it',
	async (baseUrl) => {
		const { runNode } = jest.requireActual<typeof import('./n8n')>('./n8n');
		for (const parameters of operations) {
			const credential = { apiKey: 'llmgen_x', baseUrl };
			const { error } = await runNode({ parameters, credential });
			expect(error?.message).toMatch(
				/^The protection of this n8n .* blocked the address of LLM Generator, so nothing was sent\. .*ask whoever runs this n8n to allow/,
			);
			expect(error?.message).not.toMatch(FATE_UNKNOWN);
			expect(quotesOf(error!.message, onPage)).toHaveLength(1);
		}
	},
);
