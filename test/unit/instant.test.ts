import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { instantOf } from '../../nodes/LlmGenerator/instant';

const NEW_YORK = 'America/New_York';
const at = (iso: string) => Date.parse(iso);

/** Accepted values, and what they mean for a workflow in New York. */
const ACCEPTED: Array<[unknown, string]> = [
	['2026-01-31', '2026-01-31T05:00:00Z'],
	['2026-01-31T09:00', '2026-01-31T14:00:00Z'],
	['2026-01-31T09:00:00', '2026-01-31T14:00:00Z'],
	['2026-01-31 09:00:00', '2026-01-31T14:00:00Z'],
	[' 2026-01-31T09:00:00.250 ', '2026-01-31T14:00:00.250Z'],
	['2026-01-31T24:00:00', '2026-02-01T05:00:00Z'],
	['2026-01-31T09:00Z', '2026-01-31T09:00:00Z'],
	['2026-01-31t09:00:00z', '2026-01-31T09:00:00Z'],
	['2026-01-31T09:00:00+01:00', '2026-01-31T08:00:00Z'],
	['2026-01-31 09:00:00 +0100', '2026-01-31T08:00:00Z'],
	['2026-01-31T09:00 -05:00', '2026-01-31T14:00:00Z'],
	['2026-01-31T23:30:00-11:00', '2026-02-01T10:30:00Z'],
	['20260131', '2026-01-31T05:00:00Z'],
	['20260131T090000Z', '2026-01-31T09:00:00Z'],
	['2028-02-29', '2028-02-29T05:00:00Z'],
	['Sat, 31 Jan 2026 09:00:00 +0100', '2026-01-31T08:00:00Z'],
	['31 Jan 2026 09:00 EST', '2026-01-31T14:00:00Z'],
	['Sat, 31 Jan 2026 09:00:00 +0100 (CET)', '2026-01-31T08:00:00Z'],
	['Sat, 31 Jan 2026 09:00:00 GMT', '2026-01-31T09:00:00Z'],
	['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
	['Sat Jan 31 2026 09:00:00 GMT+0100 (Central European Standard Time)', '2026-01-31T08:00:00Z'],
	[1769850000, '2026-01-31T09:00:00Z'],
	[1769850000.5, '2026-01-31T09:00:00.500Z'],
	[1769850000123, '2026-01-31T09:00:00.123Z'],
	['1769850000', '2026-01-31T09:00:00Z'],
	[' 1769850000123 ', '2026-01-31T09:00:00.123Z'],
	[946684800, '2000-01-01T00:00:00Z'],
];

/** Values with more than one meaning, or with none. */
const REFUSED: unknown[] = [
	'2026/02/01',
	'Feb 1, 2026',
	'1 Feb 2026',
	'1/31/2026',
	'31/1/2026',
	'2026-1-31',
	'01.02.2026',
	'2026/02/31',
	'2026-02-30',
	'2026-02-29',
	'2026-13-01',
	'2026-00-10',
	'31 Feb 2026 09:00:00 GMT',
	'2026-01-31T25:00:00',
	'2026-01-31T09:60',
	'2026-01-31T09:00+25:00',
	'31 Jan 2026 09:00',
	'Sun Nov  6 08:49:37 1994',
	'09:00:00',
	'2026',
	'2026-01',
	'yesterday',
	'5',
	7,
	46053,
	'46053',
	46053.5,
	20260131,
	0,
	-1,
	1e15,
	NaN,
	Infinity,
	true,
	{},
	[],
	['2026-01-31'],
	new Date(NaN),
];

test.each(ACCEPTED)('%j is %s', (value, iso) => {
	expect(instantOf(value, NEW_YORK)).toBe(at(iso));
});

test('a Date, and objects like Luxon’s DateTime', () => {
	const moment = at('2026-01-31T09:00:00Z');
	expect(instantOf(new Date(moment), NEW_YORK)).toBe(moment);
	const luxon = { toMillis: () => moment, valueOf: () => moment };
	expect(instantOf(luxon, NEW_YORK)).toBe(moment);
	expect(instantOf({ toMillis: () => NaN, valueOf: () => NaN }, NEW_YORK)).toBeUndefined();
});

test.each(REFUSED)('%p is not a date', (value) => {
	expect(instantOf(value, NEW_YORK)).toBeUndefined();
});

test.each(['UTC', 'Asia/Tokyo', 'America/Los_Angeles', 'Europe/Berlin'])(
	'all of them mean the same if n8n runs in the time zone %s',
	(zone) => {
		const module = join(__dirname, '../../dist/nodes/LlmGenerator/instant.js');
		const values = [
			...ACCEPTED.map(([value]) => value),
			...REFUSED.filter((value) => typeof value === 'string'),
		];
		const script = `
			const { instantOf } = require(${JSON.stringify(module)});
			const values = ${JSON.stringify(values)};
			const results = values.map((value) => instantOf(value, ${JSON.stringify(NEW_YORK)}) ?? null);
			console.log(JSON.stringify({ offset: new Date(0).getTimezoneOffset(), results }));`;
		const output = execFileSync(process.execPath, ['-e', script], { env: { ...process.env, TZ: zone } });
		const { offset, results } = JSON.parse(output.toString()) as { offset: number; results: unknown[] };
		// The process really had this time zone.
		expect(offset === 0).toBe(zone === 'UTC');
		expect(results).toEqual(values.map((value) => instantOf(value, NEW_YORK) ?? null));
	},
);
