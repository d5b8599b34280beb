/**
 * Everything that a mutant of the code has to get past, in one file: n8n is loaded once for each mutant, not
 * once for each file of tests. A mutant dies with the first red test, so the quick ones stand first.
 */
import { configureGlobal } from 'fast-check';
// Before any test: what runs when a file is loaded would otherwise count as covered by the test that loads it first.
import '../../nodes/LlmGenerator/LlmGenerator.node';
import '../../nodes/LlmGenerator/LlmGeneratorTrigger.node';

// In small worlds; and which of them is the smallest matters to who mends the code, not here.
process.env.WORLDS ??= '150';
process.env.HISTORIES ??= '20';
configureGlobal({ endOnFailure: true });

const TESTS = [
	'unit/texts',
	'unit/headers',
	'unit/credential',
	'unit/types',
	'unit/instant',
	'unit/order',
	'unit/errors',
	'unit/retry',
	'unit/session',
	'unit/rateLimiter',
	'unit/history',
	'unit/history.property',
	'unit/historyQuery.property',
	'unit/newRows',
	'unit/firstLook',
	'unit/savedPositions',
	'unit/ledgerPosition.property',
	'engine/redirects',
	'engine/outputPreview',
	'engine/lowBalance',
	'engine/values',
	'engine/continueOnError',
	'engine/retryOnFail',
	'engine/getHistory',
	'engine/createCheckout',
	'engine/newTransaction',
	'engine/trigger.property',
	'engine/badAnswers',
	'engine/messages',
];

for (const name of TESTS) {
	describe(name, () => {
		jest.requireActual(`../${name}.test`);
	});
}
