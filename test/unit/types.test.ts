import { isBalance, isCheckoutSession, isHistoryPage, isPackageList } from '../../nodes/LlmGenerator/shapes';

const NEVER = [undefined, null, '', 'text', 7, true];

test.each([
	['a page of the history', isHistoryPage, { transactions: [] }],
	['a page of the history', isHistoryPage, { transactions: [{ id: 'a' }, { id: 'b', more: 1 }], total: 'x' }],
	['a page with numbers as IDs', isHistoryPage, { transactions: [{ id: 0 }, { id: 7 }, { id: -1.5 }] }],
	['a balance', isBalance, { balance: 0 }],
	['a balance as text', isBalance, { balance: '450' }],
	['a balance as text', isBalance, { balance: ' -1.5 ' }],
	['a balance', isBalance, { balance: -1.5, more: 1 }],
	['a checkout', isCheckoutSession, { sessionId: 'a', url: 'b' }],
	['a list of packages', isPackageList, []],
	['a list of packages', isPackageList, { packages: [{ id: 'a' }] }],
	['a list of packages', isPackageList, [{ id: 0 }]],
	['a list of packages', isPackageList, [{ id: 'a', credits: 1 }, { id: 'b' }]],
])('%s', (_what, isExpected, answer) => {
	expect(isExpected(answer)).toBe(true);
});

test.each([
	['a page of the history', isHistoryPage, [], {}, { transactions: {} }, { transactions: [{ id: 'a' }, {}] }],
	[
		'a row',
		isHistoryPage,
		...[null, 'a', ['a'], { id: '' }, { id: null }, { id: {} }, { id: [] }, { id: true }, { id: NaN }].map(
			(row) => ({ transactions: [row] }),
		),
	],
	[
		'a balance',
		isBalance,
		[],
		{},
		{ balance: '' },
		{ balance: 'many' },
		{ balance: '1,5' },
		{ balance: NaN },
		{ balance: null },
	],
	['a checkout', isCheckoutSession, [], {}, { sessionId: 'a' }, { url: 'b' }],
	['a checkout', isCheckoutSession, { sessionId: 7, url: 'b' }, { sessionId: 'a', url: 7 }],
	[
		'a checkout',
		isCheckoutSession,
		Object.assign([], { sessionId: 'a', url: 'b' }),
		Object.assign(() => {}, { sessionId: 'a', url: 'b' }),
	],
	['a list of packages', isPackageList, {}, { packages: {} }, [{}], [{ id: 'a' }, { id: '' }], ['a']],
])('what is not %s', (_what, isExpected, ...answers) => {
	for (const answer of [...NEVER, ...answers]) expect([answer, isExpected(answer)]).toEqual([answer, false]);
});
