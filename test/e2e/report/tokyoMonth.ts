import { Sites } from '../../../sandbox/generation/sites';
import { Ledger, type Transaction } from '../../../sandbox/ledger';
import type { Sandbox } from '../../../sandbox/server';
import { daysOf } from './months';

const SHOP = 'aaaaaaaa-0000-4000-8000-000000000001';
export const BLOG = 'bbbbbbbb-0000-4000-8000-000000000002';

/** A time in Tokyo, in the format of the API. */
const tokyo = (moment: string) => new Date(`${moment}+09:00`).toISOString();

/** Gives the account a month of Tokyo's with everything that can go wrong at its ends, and with odd texts and amounts. */
export function bookTokyoMonth(sandbox: Sandbox, month: string): void {
	const lastDay = daysOf(month).at(-1);

	sandbox.ledger = new Ledger([]);
	const addRow = (id: string, createdAt: string, row: Partial<Transaction>) =>
		sandbox.ledger.book({ id, createdAt, ...row });
	const firstMoment = Date.parse(tokyo(`${month}-01T00:00:00`));
	const nextMonth = Date.parse(tokyo(`${lastDay}T00:00:00`)) + 24 * 60 * 60 * 1000;

	addRow('txn_before', new Date(firstMoment - 1).toISOString(), { amount: -1000 });
	addRow('txn_first', tokyo(`${month}-01T00:00:00`), {
		amount: -50,
		siteId: SHOP,
		description: 'llms.txt generation for shop.example (enhanced)',
	});
	// Still the month before in UTC: 23:30 on its last day.
	addRow('txn_utc', tokyo(`${month}-01T08:30:00`), {
		amount: -10,
		siteId: BLOG,
		description: '"Grüße" & <Straße> für \'blog.example\' 😀',
	});
	addRow('txn_bought', tokyo(`${month}-05T14:30:00`), {
		type: 'purchase',
		amount: 500,
		siteId: null,
		description: '=1+1',
	});
	// At the same time, and parts of a credit.
	addRow('txn_part_1', tokyo(`${month}-05T14:30:00`), {
		amount: -0.1,
		siteId: BLOG,
		description: '=HYPERLINK("https://blog.example";"click")',
	});
	addRow('txn_part_2', tokyo(`${month}-05T14:30:00`), {
		amount: -0.2,
		siteId: BLOG,
		description: '  +49 30 @blog\nsecond line  ',
	});
	addRow('txn_refund', tokyo(`${month}-28T09:00:00`), {
		type: 'refund',
		amount: 50,
		siteId: SHOP,
		description: 'Refund: shop.example',
	});
	// A refunded purchase takes its credits back: fewer credits were added, and none were used.
	addRow('txn_taken_back', tokyo(`${month}-28T09:00:00`), {
		type: 'refund',
		amount: -100,
		siteId: null,
		description: 'Refund of a purchase',
	});
	addRow('txn_nowhere', tokyo(`${month}-28T23:59:59.999`), {
		amount: -7,
		siteId: null,
		description: 'no site, no quotes: "',
	});
	addRow('txn_last', new Date(nextMonth - 1).toISOString(), {
		amount: -20,
		siteId: BLOG,
		description: '-20',
	});
	addRow('txn_after', new Date(nextMonth).toISOString(), { amount: -1000 });
	// Still the same month in UTC: 23:30 on its last day.
	addRow('txn_utc_after', `${lastDay}T23:30:00.000Z`, { amount: -1000 });
	// The shop is in the account, the blog no longer.
	sandbox.sites = new Sites(sandbox.ledger);
}
