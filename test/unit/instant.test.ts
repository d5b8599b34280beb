import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { instantOf } from '../../nodes/LlmGenerator/instant';
import { seed } from './chance';

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
	// ISO 8601 as a whole: weeks, days of the year, hours alone, the basic form, parts of any unit.
	['2026-W05-6', '2026-01-31T05:00:00Z'],
	['2026-W05-6T09:00', '2026-01-31T14:00:00Z'],
	['2026-W05-6T09:00Z', '2026-01-31T09:00:00Z'],
	['2026-w05-6 09:00', '2026-01-31T14:00:00Z'],
	['2026W056', '2026-01-31T05:00:00Z'],
	['2026W056T0900Z', '2026-01-31T09:00:00Z'],
	['2020-W53-7', '2021-01-03T05:00:00Z'],
	['2026-W01-1', '2025-12-29T05:00:00Z'],
	['2026-031', '2026-01-31T05:00:00Z'],
	['2026-031T09:00', '2026-01-31T14:00:00Z'],
	['2028-366', '2028-12-31T05:00:00Z'],
	['2026031T090000Z', '2026-01-31T09:00:00Z'],
	['2026-01-31T09', '2026-01-31T14:00:00Z'],
	['2026-01-31T09Z', '2026-01-31T09:00:00Z'],
	['2026-01-31T09+01', '2026-01-31T08:00:00Z'],
	['20260131T09', '2026-01-31T14:00:00Z'],
	['20260131T0900+0100', '2026-01-31T08:00:00Z'],
	['2026-01-31T09.5Z', '2026-01-31T09:30:00Z'],
	['2026-01-31T09:30,5Z', '2026-01-31T09:30:30Z'],
	['2026-01-31T09:00:00−05:00', '2026-01-31T14:00:00Z'],
	['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
	// With a space, and the words for UTC.
	['2026-01-31 09:00 UTC', '2026-01-31T09:00:00Z'],
	['2026-01-31 09:00:00 GMT', '2026-01-31T09:00:00Z'],
	['2026-01-31 09:00:00Z', '2026-01-31T09:00:00Z'],
	['2026-01-31 09:00 Z', '2026-01-31T09:00:00Z'],
	['2026-01-31T09:00:00 utc', '2026-01-31T09:00:00Z'],
	// With a time zone behind it.
	['2026-01-31T09:00:00+01:00[Europe/Berlin]', '2026-01-31T08:00:00Z'],
	['2026-01-31T09:00:00[Europe/Berlin]', '2026-01-31T08:00:00Z'],
	['2026-01-31[Europe/Berlin]', '2026-01-30T23:00:00Z'],
	['2026-01-31T09:00:00Z[Europe/Berlin]', '2026-01-31T09:00:00Z'],
	['2026-07-31T09:00:00+02:00[Europe/Berlin][u-ca=iso8601]', '2026-07-31T07:00:00Z'],
	['2026-10-25T02:30:00+01:00[Europe/Berlin]', '2026-10-25T01:30:00Z'],
	['2026-01-31T09:00Z[UTC]', '2026-01-31T09:00:00Z'],
	// Digits beyond all precision.
	[`2026-01-31T09:00:00.${'1'.repeat(31)}`, '2026-01-31T14:00:00.111Z'],
	[`2026-01-31T09:00:00.${'9'.repeat(400)}Z`, '2026-01-31T09:00:01Z'],
	['2026-01-31T09:00:00.289Z', '2026-01-31T09:00:00.289Z'],
	// The hour that comes twice is the one in summer time; the hour that is skipped counts on.
	['2026-11-01T01:30:00', '2026-11-01T05:30:00Z'],
	['2026-11-01T02:00:00', '2026-11-01T07:00:00Z'],
	['2026-03-08T02:30:00', '2026-03-08T07:30:00Z'],
	['2026-10-25T02:30:00[Europe/Berlin]', '2026-10-25T00:30:00Z'],
	['2026-04-05T02:30:00[Australia/Sydney]', '2026-04-04T15:30:00Z'],
	['2026-04-05T01:45:00[Australia/Lord_Howe]', '2026-04-04T14:45:00Z'],
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
	// A part that is not there.
	'2026-W54-1',
	'2026-W53-8',
	'2026-W00-1',
	'2025-W53-1',
	'2026-366',
	'2026-000',
	'2026-01-31T24:30',
	'2026-01-31T24:00:01',
	'2026-01-31T23:58:60Z',
	'2026-01-31T09:00+01:60',
	// Too little to be a day, or too little to be sure.
	'2026-W05',
	'2026W05',
	'2026031',
	'T09:00',
	// Words that are not understood, and contradictions.
	'2026-01-31 (draft)',
	'2026-01-31T09:00:00Z (UTC)',
	'2026-01-31T09:00 (CET)',
	'2026-01-31T09:00 CET',
	'2026-01-31 09:00 UTC+1',
	'2026-01-31 and later',
	'Saturday, 31-Jan-26 09:00:00 GMT (x)',
	'2026-01-31T09:00:00+02:00[Europe/Berlin]',
	'2026-10-25T02:30:00+03:00[Europe/Berlin]',
	'2026-01-31T09:00:00+01:00[Mars/Phobos]',
	'2026-01-31T09:00:00[Mars/Phobos]',
	'2026-01-31T09:00:00[]',
	'2026-01-31T09:00:00[u-ca=hebrew]',
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

test.each([
	'UTC',
	'Europe/Berlin',
	'America/New_York',
	'Asia/Kathmandu',
	'Australia/Lord_Howe',
	'Pacific/Apia',
])('in %s, every time that clocks show is the first instant at which they show it', (zone) => {
	const clocks = new Intl.DateTimeFormat('sv', {
		timeZone: zone,
		dateStyle: 'short',
		timeStyle: 'medium',
	});
	const instants = fc.integer({
		min: at('2020-01-01T00:00:00Z') / 1000,
		max: at('2035-01-01T00:00:00Z') / 1000,
	});
	const nearChanges = fc
		.tuple(
			fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'),
			instants,
		)
		.map(([day, any]) => at(`${day}T00:00:00Z`) / 1000 + (any % 86_400));
	fc.assert(
		fc.property(fc.oneof(instants, nearChanges), (second) => {
			const text = clocks.format(second * 1000);
			const found = instantOf(text, zone)!;
			expect(clocks.format(found)).toBe(text);
			expect(found).toBeLessThanOrEqual(second * 1000);
			for (const earlier of [1800, 3600]) {
				expect(clocks.format(found - earlier * 1000)).not.toBe(text);
			}
		}),
		{ numRuns: 300, seed },
	);
});

test('text without an offset is no date where the zone is none', () => {
	expect(instantOf('2026-01-31', 'Mars/Phobos')).toBeUndefined();
	expect(instantOf('2026-01-31T09:00Z', 'Mars/Phobos')).toBe(at('2026-01-31T09:00:00Z'));
});

test.each(REFUSED)('%p is no date', (value) => {
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
