import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 100;
const LIMIT_MS = 120_000;

/** Waits until it is true, or two minutes at most. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
	const giveUpAt = Date.now() + LIMIT_MS;
	while (!(await isTrue())) {
		if (Date.now() > giveUpAt) throw new Error(`After two minutes still not so: ${isTrue.toString()}`);
		await sleep(LOOK_EVERY_MS);
	}
}
