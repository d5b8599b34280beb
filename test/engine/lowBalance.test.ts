import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { ActiveTrigger } from './trigger';

let sandbox: Sandbox;
let trigger: ActiveTrigger;

beforeAll(async () => {
	sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => {
	sandbox.reset();
	sandbox.ledger = new Ledger();
	buy(150);
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance' });
});
afterEach(() => jest.restoreAllMocks());

const buy = (amount: number) => sandbox.ledger.book({ type: 'purchase', amount });
const use = (credits: number) => sandbox.ledger.book({ type: 'usage', amount: -credits });
const alerts = async () => (await trigger.poll()).length;

test('an event that this version does not have is said so', async () => {
	trigger.parameters = { event: 'highBalance' };
	await expect(trigger.poll()).rejects.toThrow(/has no event "highBalance". Choose one in the field "Event"/);
});

test('below the threshold it fires once, with all that a message needs', async () => {
	expect(await trigger.activate()).toEqual([]);
	use(60);
	expect(await trigger.poll()).toEqual([
		{
			balance: 90,
			threshold: 100,
			totalPurchased: 150,
			totalUsed: 60,
			checkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
		},
	]);
	expect(sandbox.requests.entries).toHaveLength(2);
	use(10);
	expect(await alerts()).toBe(0);
});

test('exactly the threshold is not below', async () => {
	use(50);
	expect(await trigger.activate()).toEqual([]);
	use(1);
	expect(await alerts()).toBe(1);
});

test('already low at activation: it fires', async () => {
	use(140);
	expect(await trigger.activate()).toHaveLength(1);
});

test('it fires again after the balance was at the threshold in between', async () => {
	use(60);
	await trigger.activate();
	buy(10);
	expect(await alerts()).toBe(0);
	use(5);
	expect(await alerts()).toBe(1);
	expect(await alerts()).toBe(0);
});

test('a top-up that stays below the threshold is no reason to fire again', async () => {
	use(130);
	await trigger.activate();
	buy(30);
	expect(await alerts()).toBe(0);
	use(20);
	expect(await alerts()).toBe(0);
});

test('a restart does not alert twice', async () => {
	use(60);
	await trigger.activate();
	trigger.restart();
	expect(await alerts()).toBe(0);
});

test('a restart between top-up and fall does not lose the alert', async () => {
	use(60);
	await trigger.activate();
	buy(100);
	expect(await alerts()).toBe(0);
	trigger.restart();
	use(95);
	expect(await alerts()).toBe(1);
});

test('topped up and fallen again between two polls: it fires', async () => {
	use(60);
	await trigger.activate();
	buy(500);
	use(520);
	expect(await alerts()).toBe(1);
	expect(await alerts()).toBe(0);
});

test('a reminder comes when it is due, counted from the last message, also after a restart', async () => {
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', options: { remindEveryHours: 2 } });
	use(60);
	const start = Date.now();
	const clock = jest.spyOn(Date, 'now').mockReturnValue(start);
	const at = (hours: number) => clock.mockReturnValue(start + hours * 3_600_000);
	expect(await trigger.activate()).toHaveLength(1);
	at(1.9);
	expect(await alerts()).toBe(0);
	trigger.restart();
	at(2);
	expect(await alerts()).toBe(1);
	at(3.9);
	expect(await alerts()).toBe(0);
	at(4);
	expect(await alerts()).toBe(1);
});

test('a threshold of one’s own', async () => {
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', threshold: 20 });
	use(60);
	await trigger.activate();
	use(71);
	expect(await trigger.poll()).toEqual([expect.objectContaining({ balance: 19, threshold: 20 })]);
});

test('a poll that fails changes nothing', async () => {
	await trigger.activate();
	use(60);
	sandbox.faults.add({ status: 403 });
	await expect(trigger.poll()).rejects.toThrow('The API key is not allowed to do this');
	sandbox.faults.clear();
	expect(await alerts()).toBe(1);
});

test('two polls at once alert once', async () => {
	await trigger.activate();
	use(60);
	const both = await Promise.all([trigger.poll(), trigger.poll()]);
	expect(both.flat()).toHaveLength(1);
});

test('a manual test shows the balance as it is, and leaves the state alone', async () => {
	await trigger.activate();
	expect(await trigger.poll('manual')).toEqual([expect.objectContaining({ balance: 150, threshold: 100 })]);
	use(60);
	await trigger.poll('manual');
	expect(await alerts()).toBe(1);
});

test('a threshold that is no number is refused before anything is sent', async () => {
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', threshold: '={{ "low" }}' });
	await expect(trigger.poll()).rejects.toThrow('"Threshold" is "low". Set it to a number.');
	expect(sandbox.requests.entries).toEqual([]);
});
