// An update keeps the state of the triggers, and so does a way back.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ORDERS } from '../../sandbox/ledger';
import { seededRandom } from '../../sandbox/random';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { releases } from '../install/release';
import { unpack } from '../packed';
import { seed } from '../unit/chance';
import { ActiveTrigger } from './trigger';

/** Inside this repository, so that the released code finds n8n-workflow. */
const LOCAL = resolve(__dirname, '../../.local');
const POLLS = 40;
const THRESHOLD = 100;

describe.each(releases)('n8n changes between $version and the current code', ({ tarball }) => {
	let unpacked: string;
	let sandbox: Sandbox;
	let random: () => number;
	beforeAll(async () => {
		mkdirSync(LOCAL, { recursive: true });
		unpacked = mkdtempSync(join(LOCAL, 'released-'));
		unpack(tarball.content, unpacked);
		sandbox = await startSandbox();
	});
	beforeEach(() => {
		random = seededRandom(seed);
	});
	afterAll(async () => {
		await sandbox.close();
		rmSync(unpacked, { recursive: true });
	});

	/** Before each poll, n8n may change to the other version, or start again. */
	async function pollWithEither(trigger: ActiveTrigger) {
		trigger.packageFolder = random() < 0.5 ? join(unpacked, 'package') : undefined;
		if (random() < 0.2) trigger.restart();
		return trigger.poll();
	}

	test.each(ORDERS)('every new transaction is emitted once, with a list in the order %s', async (order) => {
		sandbox.reset({ rows: 300, order });
		const trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		trigger.packageFolder = join(unpacked, 'package');
		await trigger.activate();
		const added: unknown[] = [];
		const emitted: unknown[] = [];
		for (let poll = 0; poll < POLLS; poll++) {
			const count = random() < 0.1 ? 130 : Math.floor(random() * 4);
			for (let row = 0; row < count; row++) added.push(sandbox.ledger.book().id);
			emitted.push(...(await pollWithEither(trigger)).map(({ id }) => id));
		}
		// The order within one poll is not that of 1.0.0, which was wrong in a list that is rotated.
		expect(emitted.sort()).toEqual(added.sort());
	});

	test('a low balance is reported once, and again after a top-up and another drop', async () => {
		sandbox.reset({ rows: 0 });
		const trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', threshold: THRESHOLD });
		let alerts = 0;
		let drops = 0;
		for (let poll = 0; poll < POLLS; poll++) {
			if (random() < 0.3) {
				const isLow = sandbox.ledger.balance < THRESHOLD;
				sandbox.ledger.book(isLow ? { type: 'purchase', amount: 500 } : { type: 'usage', amount: -500 });
				if (!isLow) drops++;
			}
			alerts += (await pollWithEither(trigger)).length;
		}
		expect(drops).toBeGreaterThan(3);
		// The first alert is for the account that begins without credits.
		expect(alerts).toBe(drops + 1);
	});
});
