/**
 * All tests that run against each mutant, in one file: n8n is loaded once for each mutant, not once for each test file.
 * The first test that fails kills the mutant, so the quick tests are first.
 */
import { configureGlobal } from 'fast-check';
// Loaded before any test, because code that runs on load would otherwise count as covered by the first test only.
import '../../nodes/LlmGenerator/LlmGenerator.node';
import '../../nodes/LlmGenerator/LlmGeneratorTrigger.node';

// Few random cases, and no shrinking: the smallest failing case matters to the person who fixes the code, not here.
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
	'unit/fileGenerated.property',
	'engine/redirects',
	'engine/outputPreview',
	'engine/lowBalance',
	'engine/fileGenerated',
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
