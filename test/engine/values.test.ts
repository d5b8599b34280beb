/** Values from expressions, spreadsheets, variables and AI agents: they are accepted with their meaning, or refused. */
import { Ledger, type Transaction } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { EXAMPLES } from '../../sandbox/transaction';
import { runNode, type NodeRun } from './n8n';
import { ActiveTrigger } from './trigger';

let sandbox: Sandbox;
const credential = () => ({ apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl });
/** 120 rows, one a day from 1 January 2026, oldest first; every third is a purchase. */
const rows: Transaction[] = Array.from({ length: 120 }, (_, day) => ({
	...(day % 3 ? EXAMPLES.usage : EXAMPLES.purchase),
	id: `row${day}`,
	createdAt: new Date(Date.UTC(2026, 0, 1 + day, 12)).toISOString(),
}));

beforeAll(async () => {
	sandbox = await startSandbox({ order: 'oldestFirst' });
});
beforeEach(() => {
	sandbox.reset({ order: 'oldestFirst' });
	sandbox.ledger = new Ledger(rows);
});
afterAll(() => sandbox.close());

/** An expression that returns this value. */
const expression = (value: string) => `={{ ${value} }}`;

async function run(parameters: object, more: Partial<NodeRun> = {}) {
	return await runNode({ parameters: { ...parameters }, credential: credential(), ...more });
}

async function ids(parameters: object): Promise<string[]> {
	const { items, error } = await run({ operation: 'getHistory', ...parameters });
	expect(error?.message).toBeUndefined();
	return items.map(({ json }) => json.id as string);
}

async function refusal(parameters: object): Promise<string> {
	const { items, error } = await run(parameters);
	expect(items).toEqual([]);
	expect(error?.context.itemIndex).toBe(0);
	expect(sandbox.requests.entries).toEqual([]);
	return error!.message;
}

describe('Return All', () => {
	test.each([
		'false',
		'"false"',
		'"False"',
		'" no "',
		'"off"',
		'"0"',
		'0',
		'""',
		'null',
		'undefined',
		'"null"',
		'"undefined"',
	])('%s is off', async (value) => {
		expect(await ids({ returnAll: expression(value), limit: 7 })).toHaveLength(7);
	});

	test.each(['true', '"true"', '" TRUE"', '"yes"', '"on"', '"1"', '1'])('%s is on', async (value) => {
		expect(await ids({ returnAll: expression(value) })).toHaveLength(120);
	});

	test.each(['"maybe"', '2', '"ja"', '[true]', '{ on: true }', 'NaN'])('%s is refused', async (value) => {
		expect(await refusal({ operation: 'getHistory', returnAll: expression(value) })).toMatch(
			/^"Return All" is .+\. Set it to true or false\.$/,
		);
	});
});

describe('Limit', () => {
	test.each([
		['"7"', 7],
		['" 7 "', 7],
		['7.0', 7],
		['""', 50],
		['null', 50],
		['"undefined"', 50],
	])('%s', async (value, expected) => {
		expect(await ids({ limit: expression(value) })).toHaveLength(expected);
	});

	test.each(['"7 rows"', '"1,000"', '"0x10"', 'true', '[7]', '{}', '1 / 0', '"0"', '"-1"', '"2.5"'])(
		'%s is refused',
		async (value) => {
			expect(await refusal({ operation: 'getHistory', limit: expression(value) })).toMatch(
				/^The limit is .+\. Set it to a whole number from 1, or turn on "Return All"\.$/,
			);
		},
	);
});

describe('one of several options', () => {
	const newest = ['row119', 'row118'];

	test.each([
		'"newestFirst"',
		'"Newest First"',
		'" newestfirst "',
		'"NEWEST_FIRST"',
		'"newest-first"',
		'["newestFirst"]',
	])('Sort %s', async (value) => {
		expect(await ids({ limit: 2, options: { sort: expression(value) } })).toEqual(newest);
	});

	test.each(['""', 'null', '"asReturned"', '"As Returned by LLM Generator"'])('Sort %s', async (value) => {
		expect(await ids({ limit: 2, options: { sort: expression(value) } })).toEqual(['row0', 'row1']);
	});

	test.each(['"newest"', '"descending"', '7', '{}', 'true'])('Sort %s is refused', async (value) => {
		expect(await refusal({ operation: 'getHistory', options: { sort: expression(value) } })).toMatch(
			/^(An object|.+) is not a valid sort order\. The sort orders are asReturned, newestFirst, oldestFirst\.$/,
		);
	});

	test.each(['"purchase"', '"Purchase"', '" PURCHASE "', '["purchase"]'])('Type %s', async (value) => {
		expect(await ids({ returnAll: true, filters: { type: expression(value) } })).toHaveLength(40);
	});

	test.each(['""', 'null', '"undefined"', '[]'])('Type %s is left out', async (value) => {
		expect(await ids({ returnAll: true, filters: { type: expression(value) } })).toHaveLength(120);
	});

	test('Type that is an object is refused', async () => {
		const filters = { type: expression('{ value: "usage" }') };
		expect(await refusal({ operation: 'getHistory', filters })).toBe(
			'An object is not a valid type. The types are purchase, refund, usage.',
		);
	});

	test('Type with two values is refused', async () => {
		expect(
			await refusal({ operation: 'getHistory', filters: { type: expression('["usage", "refund"]') } }),
		).toBe('"Type" has 2 values. Choose one.');
	});

	test('a resource that this version does not have is reported', async () => {
		expect(await refusal({ resource: 'robot', operation: 'getHistory' })).toBe(
			'This version of the node has no resource "robot". Choose one in the field "Resource".',
		);
	});
});

describe('request options', () => {
	test.each(['maxWaitSeconds', 'timeoutSeconds', 'maxRequestsAtOnce'])(
		'%s has its default if it is left out',
		async (name) => {
			sandbox.faults.add({ status: 429, times: 1, headers: { 'Retry-After': '1' } });
			for (const value of ['""', 'null', '"undefined"']) {
				expect(await ids({ limit: 1, options: { [name]: expression(value) } })).toHaveLength(1);
			}
			expect(sandbox.requests.entries.map(({ status }) => status)).toEqual([429, 200, 200, 200]);
		},
	);

	test('numbers as text are accepted', async () => {
		const options = { maxWaitSeconds: '30', timeoutSeconds: '" 5 "', maxRequestsAtOnce: '"4"' };
		const asText = Object.fromEntries(
			Object.entries(options).map(([name, value]) => [name, expression(value)]),
		);
		expect(await ids({ limit: 1, options: asText })).toHaveLength(1);
	});

	test.each([
		['maxWaitSeconds', '"soon"', '"Max Wait for Rate Limit (Seconds)" is "soon". Set it to 0 or more.'],
		['maxWaitSeconds', '-1', '"Max Wait for Rate Limit (Seconds)" is -1. Set it to 0 or more.'],
		['timeoutSeconds', '0', '"Timeout (Seconds)" is 0. Set it to 0.001 or more.'],
		['timeoutSeconds', 'true', '"Timeout (Seconds)" is true. Set it to 0.001 or more.'],
		['maxRequestsAtOnce', '"all"', '"Max Requests at Once" is "all". Set it to 1 or more.'],
		['maxRequestsAtOnce', 'NaN', '"Max Requests at Once" is not a number. Set it to 1 or more.'],
	])('%s %s is refused', async (name, value, sentence) => {
		for (const operation of ['getHistory', 'getBalance']) {
			expect(await refusal({ operation, options: { [name]: expression(value) } })).toBe(sentence);
		}
		const packageId = { __rl: true, mode: 'id', value: 'pkg_pro' };
		const additionalFields = { [name]: expression(value) };
		expect(await refusal({ operation: 'createCheckout', packageId, additionalFields })).toBe(sentence);
	});
});

describe('Package', () => {
	const posted = async (packageId: unknown) => {
		const { error } = await run({ operation: 'createCheckout', packageId });
		return { message: error?.message, sent: sandbox.requests.entries.map(({ body }) => body) };
	};
	const PRO = [{ packageId: 'pkg_pro' }];

	test.each<[string, unknown]>([
		['an ID with spaces', expression('" pkg_pro "')],
		[
			'the output of Create Checkout',
			expression('{ id: "pkg_pro", name: "Pro Pack", credits: 500, priceCents: 1999 }'),
		],
		['a locator', { __rl: true, mode: 'id', value: 'pkg_pro' }],
		['a locator without a mode', expression('{ __rl: true, value: "pkg_pro" }')],
		['a locator without __rl', expression('{ mode: "list", value: "pkg_pro" }')],
		['an entry of a list', expression('{ name: "Pro Pack", value: "pkg_pro" }')],
		['a package in a locator', { __rl: true, mode: 'id', value: expression('{ id: "pkg_pro" }') }],
	])('%s is accepted', async (_what, value) => {
		expect(await posted(value)).toEqual({ message: undefined, sent: PRO });
	});

	test.each<[string, unknown]>([
		['a package as JSON', expression('JSON.stringify({ id: "pkg_pro", name: "Pro Pack" })')],
		['a package as JSON, typed', '{ "id": "pkg_pro" }'],
		['a locator as JSON', expression('JSON.stringify({ __rl: true, mode: "id", value: "pkg_pro" })')],
		['a package as JSON, in a locator', { __rl: true, mode: 'id', value: ' {"id":"pkg_pro"} ' }],
		['JSON inside an object', expression('{ id: JSON.stringify({ id: "pkg_pro" }) }')],
	])('%s is taken', async (_what, value) => {
		expect(await posted(value)).toEqual({ message: undefined, sent: PRO });
	});

	test('an ID that is a number is sent as text', async () => {
		expect((await posted(expression('7'))).sent).toEqual([{ packageId: '7' }]);
	});

	test.each([
		['{ name: "Pro Pack" }', /^The package is an object\. Choose one/],
		['{ id: "pkg_pro", value: "pkg_starter" }', /is an object/],
		['{ id: { deep: 1 } }', /is an object/],
		['{ id: true }', /is an object/],
		['{}', /is an object/],
		['["pkg_pro"]', /is a list/],
		['true', /is true/],
		['NaN', /is not a number/],
		['"[object Object]"', /is "\[object Object\]"/],
		['"" + { id: "pkg_pro" }', /is "\[object Object\]"/],
		['JSON.stringify({ name: "Pro Pack" })', /^The package is "\{\\"name/],
		['JSON.stringify({ id: "pkg_pro", value: "pkg_starter" })', /^The package is "/],
		['JSON.stringify(["pkg_pro"])', /^The package is "\[\\"pkg/],
		['JSON.stringify({ id: "pkg_pro" }).slice(0, -1)', /^The package is "\{/],
		['12345678901234567890', /^The package is 12345678901234567000/],
		['"null"', /^No package is given/],
		['{ __rl: true, mode: "list", value: "" }', /^No package is given/],
	])('%s is refused', async (value, sentence) => {
		const { message, sent } = await posted(expression(value));
		expect(message).toMatch(sentence);
		expect(message).toMatch(/Choose one in the field "Package", or type its ID, e\.g\. pkg_pro\.$/);
		expect(sent).toEqual([]);
	});
});

describe('the URLs of a checkout', () => {
	const packageId = { __rl: true, mode: 'id', value: 'pkg_pro' };
	const withAddresses = (additionalFields: object) => ({
		operation: 'createCheckout',
		packageId,
		additionalFields,
	});

	test.each(['null', '"undefined"', '" "'])('%s is left out', async (value) => {
		const { error } = await run(
			withAddresses({ successUrl: expression(value), cancelUrl: expression(value) }),
		);
		expect(error).toBeUndefined();
		expect(sandbox.requests.entries[0].body).toEqual({ packageId: 'pkg_pro' });
	});

	test.each([
		['a line break', '"https://example.com/thanks\\n?a=1"'],
		['a carriage return', '"https://example.com/\\rthanks"'],
		['a tab', '"https://example.com/\\tthanks"'],
		['a space', '"https://example.com/many thanks"'],
	])('%s in a URL is refused', async (_what, value) => {
		for (const [name, label] of [
			['successUrl', 'Success URL'],
			['cancelUrl', 'Cancel URL'],
		]) {
			const message = await refusal(withAddresses({ [name]: expression(value) }));
			expect(message).toContain(`The ${label} "https://example.com/`);
			expect(message).toMatch(/contains a line break or a space\. Remove it, or write a space as %20\.$/);
		}
	});

	test.each([
		['{ url: "https://example.com" }', '"Success URL" is an object. Set it to text.'],
		['["https://example.com"]', '"Success URL" is a list. Set it to text.'],
		['7', '"Success URL" is 7. Set it to text.'],
		[
			'"https://a.example/" + {}',
			'"Success URL" is "https://a.example/[object Object]". Use a field of the object, not the object itself.',
		],
	])('%s is refused', async (value, sentence) => {
		expect(await refusal(withAddresses({ successUrl: expression(value) }))).toBe(sentence);
	});

	test.each([
		'https:///thanks',
		'https://.example.com/thanks',
		'https://https://example.com',
		'https://?a=1',
	])('%s, without a host after an expression was evaluated, is refused', async (address) => {
		expect(await refusal(withAddresses({ cancelUrl: address }))).toMatch(/is not a web address/);
	});

	test.each([
		['as text, in double braces', 'https://example.com/thanks?session_id={{CHECKOUT_SESSION_ID}}'],
		[
			'empty after an expression was evaluated',
			'=https://example.com/thanks?session_id={{CHECKOUT_SESSION_ID}}',
		],
		[
			'empty after an expression was evaluated, with another name',
			'=https://example.com/thanks?cs={{ CHECKOUT_SESSION_ID }}&a=1',
		],
		['empty', 'https://example.com/thanks?session_id='],
		['empty, with more text after it', 'https://example.com/thanks?session_id=&from=n8n'],
		['in lower case', 'https://example.com/thanks?session_id={checkout_session_id}'],
		['encoded', 'https://example.com/thanks?session_id=%7BCHECKOUT_SESSION_ID%7D'],
		['alone, empty after an expression was evaluated', '={{ CHECKOUT_SESSION_ID }}'],
		['with another name', 'https://example.com/thanks?id={SESSION_ID}'],
		['without braces', 'https://example.com/thanks?session_id=CHECKOUT_SESSION_ID'],
	])('Stripe’s placeholder %s: the message says what Stripe needs', async (_what, address) => {
		for (const [name, label] of [
			['successUrl', 'Success URL'],
			['cancelUrl', 'Cancel URL'],
		]) {
			const message = await refusal(withAddresses({ [name]: address }));
			expect(message).toContain(`The ${label} "`);
			expect(message).toMatch(
				/^The .* URL ".*" has no place for the ID of the Stripe session\. Write \{CHECKOUT_SESSION_ID\} there/,
			);
		}
	});

	test.each([
		'https://example.com/thanks?session_id={CHECKOUT_SESSION_ID}',
		'=https://example.com/{{ "thanks" }}?session_id={CHECKOUT_SESSION_ID}&from=n8n',
		'={{ "https://example.com/thanks?session_id={CHECKOUT_SESSION_ID}" }}',
		'https://example.com/thanks?id={CHECKOUT_SESSION_ID}#{CHECKOUT_SESSION_ID}',
		'https://example.com/thanks?session_id=my-own',
		'https://example.com/{thanks}',
		'https://example.com/thanks?checkout_session_id={CHECKOUT_SESSION_ID}',
		'https://example.com/thanks?session_id=&cs={CHECKOUT_SESSION_ID}',
	])('%s is sent', async (address) => {
		const { error } = await run(withAddresses({ successUrl: address, cancelUrl: address }));
		expect(error?.message).toBeUndefined();
		const meant = address.replace(/^=/, '').replace(/\{\{ "(.*)" \}\}/, '$1');
		expect(sandbox.requests.entries[0].body).toMatchObject({ successUrl: meant, cancelUrl: meant });
	});
});

describe('dates, evaluated by n8n’s expressions', () => {
	const after = async (createdAfter: string, timezone = 'America/New_York') => {
		const parameters = { operation: 'getHistory', returnAll: true, filters: { createdAfter } };
		const { items, error } = await run(parameters, { timezone });
		expect(error?.message).toBeUndefined();
		return items[0]?.json.id;
	};

	test.each([
		['2026-02-10', 'row40'],
		[expression('DateTime.fromISO("2026-02-10T12:00:00Z")'), 'row40'],
		[expression('DateTime.fromISO("2026-02-10T12:00:01Z").toISO()'), 'row41'],
		[expression('new Date("2026-02-10T12:00:00Z")'), 'row40'],
		[expression('new Date("2026-02-10T12:00:01Z").toString()'), 'row41'],
		[expression('new Date("2026-02-10T12:00:00Z").getTime()'), 'row40'],
		[expression('new Date("2026-02-10T12:00:01Z").getTime() / 1000'), 'row41'],
		[expression('DateTime.fromISO("2026-02-10T12:00:01Z").toHTTP()'), 'row41'],
		[expression('DateTime.fromISO("2026-02-10T12:00:01Z").toRFC2822()'), 'row41'],
		[expression('"undefined"'), 'row0'],
		// 07:00 in New York is 12:00 UTC.
		['2026-02-10T07:00:00', 'row40'],
		['2026-02-10 07:00:01', 'row41'],
	])('%s', async (value, first) => {
		expect(await after(value)).toBe(first);
	});

	test.each(['2026/02/01', '01.02.2026', expression('46053'), expression('7'), expression('{}')])(
		'%s is refused',
		async (value) => {
			for (const [name, label] of [
				['createdAfter', 'Created After'],
				['createdBefore', 'Created Before'],
			]) {
				expect(await refusal({ operation: 'getHistory', filters: { [name]: value } })).toMatch(
					new RegExp(
						`^"${label}" is .+, which is not a valid date\\. Enter a date like 2026-01-31T09:00:00\\.$`,
					),
				);
			}
		},
	);

	test.each(['2026-02-10', expression('DateTime.now()'), expression('$now')])(
		'%s in a workflow whose time zone is not valid: the message names the time zone',
		async (createdAfter) => {
			const filters = { createdAfter };
			const { error } = await run({ operation: 'getHistory', filters }, { timezone: 'Mars/Phobos' });
			expect(error?.message).toBe(
				'The time zone of this workflow, "Mars/Phobos", is not valid. Choose another one in the settings of the workflow.',
			);
			expect(sandbox.requests.entries).toEqual([]);
		},
	);

	test('the time of a row without an offset is UTC', async () => {
		sandbox.ledger = new Ledger(rows.map((row) => ({ ...row, createdAt: row.createdAt.replace('Z', '') })));
		expect(await after('2026-02-10T12:00:00Z')).toBe('row40');
		expect(await after('2026-02-10T12:00:01Z')).toBe('row41');
	});
});

describe('the trigger', () => {
	const addRows = () => [
		sandbox.ledger.book({ id: 'p', type: 'purchase', amount: 5 }),
		sandbox.ledger.book({ id: 'u', type: 'usage', amount: -5 }),
		sandbox.ledger.book({ id: 'r', type: 'refund', amount: 5 }),
	];

	test.each<[string, string[]]>([
		['"usage"', ['u']],
		['" Usage "', ['u']],
		['"usage, refund"', ['u', 'r']],
		['"Purchase,Refund,"', ['p', 'r']],
		['["usage", "Refund"]', ['u', 'r']],
		['\'["usage","refund"]\'', ['u', 'r']],
		['["usage", null, ""]', ['u']],
		['null', ['p', 'u', 'r']],
		['""', ['p', 'u', 'r']],
		['"null"', ['p', 'u', 'r']],
		['[]', ['p', 'u', 'r']],
	])('Types %s', async (value, expected) => {
		const parameters = { event: 'newTransaction', filters: { types: expression(value) } };
		const trigger = ActiveTrigger.of(sandbox, parameters);
		await trigger.activate();
		addRows();
		expect((await trigger.poll()).map(({ id }) => id)).toEqual(expected);
	});

	test.each(['"u"', '"usages"', '7', '{ usage: true }', '["usage", 7]'])(
		'Types %s is refused',
		async (value) => {
			const parameters = { event: 'newTransaction', filters: { types: expression(value) } };
			await expect(ActiveTrigger.of(sandbox, parameters).poll()).rejects.toThrow(
				/^.+ is not a valid type\. The types are purchase, refund, usage\.$/,
			);
			expect(sandbox.requests.entries).toEqual([]);
		},
	);

	test.each(['"Completed"', '"failed,completed"', '["Failed"]', 'null', '[]'])(
		'Outcomes %s',
		async (value) => {
			const parameters = { event: 'fileGenerated', filters: { outcomes: expression(value) } };
			expect(await ActiveTrigger.of(sandbox, parameters).activate()).toEqual([]);
		},
	);

	test.each(['"done"', '7', '{ failed: true }'])('Outcomes %s is refused', async (value) => {
		const parameters = { event: 'fileGenerated', filters: { outcomes: expression(value) } };
		await expect(ActiveTrigger.of(sandbox, parameters).poll()).rejects.toThrow(
			/^.+ is not a valid outcome\. The outcomes are completed, failed\.$/,
		);
		expect(sandbox.requests.entries).toEqual([]);
	});

	test.each([
		['"100"', 90, 1],
		['" 80 "', 90, 0],
		['""', 90, 1],
		['null', 110, 0],
	])('Threshold %s with a balance of %i', async (value, balance, alerts) => {
		sandbox.ledger = new Ledger();
		sandbox.ledger.book({ type: 'purchase', amount: balance });
		const trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', threshold: expression(value) });
		expect(await trigger.poll()).toHaveLength(alerts);
	});

	test('Remind Every (Hours) as text', async () => {
		sandbox.ledger = new Ledger();
		const options = { remindEveryHours: expression('"24"') };
		const trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', options });
		expect(await trigger.poll()).toHaveLength(1);
		expect(await trigger.poll()).toHaveLength(0);
	});

	test.each([
		[{ threshold: expression('true') }, '"Threshold" is true. Set it to a number.'],
		[{ threshold: expression('1 / 0') }, '"Threshold" is Infinity. Set it to a number.'],
		[
			{ options: { remindEveryHours: expression('"daily"') } },
			'"Remind Every (Hours)" is "daily". Set it to 0 or more.',
		],
		[{ options: { remindEveryHours: -1 } }, '"Remind Every (Hours)" is -1. Set it to 0 or more.'],
		[{ event: 'lunch' }, 'This version of the node has no event "lunch". Choose one in the field "Event".'],
	])('%j is refused', async (parameters, sentence) => {
		const trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', ...parameters });
		await expect(trigger.poll()).rejects.toThrow(sentence);
		expect(sandbox.requests.entries).toEqual([]);
	});
});
