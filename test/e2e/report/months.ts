import type { Transaction } from '../../../sandbox/ledger';

/** Date and time in a time zone, like 2026-10-05 14:30:00: this is the Swedish format. */
export function local(moment: string | number, timeZone: string): string {
	return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
		new Date(moment),
	);
}

/** The last full month in a time zone, like 2026-10. */
export function lastMonth(timeZone: string): string {
	const [year, month] = local(Date.now(), timeZone).split('-').map(Number);
	return new Date(Date.UTC(year, month - 2)).toISOString().slice(0, 7);
}

export function following(month: string): string {
	const [year, number] = month.split('-').map(Number);
	return new Date(Date.UTC(year, number)).toISOString().slice(0, 7);
}

/** How many months a month is before the current one in a time zone: 1 for the last full month. */
export function monthsSince(month: string, timeZone: string): number {
	const [thisYear, thisMonth] = local(Date.now(), timeZone).split('-').map(Number);
	const [year, number] = month.split('-').map(Number);
	return (thisYear - year) * 12 + (thisMonth - number);
}

/** Every day of a month, like 2026-10-05. */
export function daysOf(month: string): string[] {
	const [year, number] = month.split('-').map(Number);
	const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
	return Array.from({ length: count }, (_, day) => `${month}-${String(day + 1).padStart(2, '0')}`);
}

/** The start of a month in a time zone, found in steps of a quarter of an hour. */
export function beginningOf(month: string, timeZone: string): number {
	let moment = Date.parse(`${month}-01T00:00:00Z`) - 24 * 60 * 60 * 1000;
	while (!local(moment, timeZone).startsWith(month)) moment += 15 * 60 * 1000;
	return moment;
}

/** Like October 2026. */
export function inWords(month: string): string {
	return new Date(`${month}-15T00:00:00Z`).toLocaleDateString('en-US', { month: 'long', year: 'numeric' });
}

/** Credits used and added, if all amounts are whole numbers and have the sign of their type. */
export function sums(rows: Transaction[]): [number, number] {
	const sum = (some: Transaction[]) => some.reduce((total, { amount }) => total + Math.abs(amount), 0);
	return [
		sum(rows.filter(({ type }) => type === 'usage')),
		sum(rows.filter(({ type }) => type === 'purchase' || type === 'refund')),
	];
}
