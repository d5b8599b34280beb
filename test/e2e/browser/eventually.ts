import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** Looks again and again until what is expected holds, as a person waits for a page; else says what did not. */
export async function eventually(expectation: () => Promise<void> | void): Promise<void> {
	const giveUpAt = Date.now() + LIMIT_MS;
	for (;;) {
		try {
			return await expectation();
		} catch (unmet) {
			if (Date.now() > giveUpAt) throw unmet;
			await sleep(LOOK_EVERY_MS);
		}
	}
}
