// Programs that start programs of their own (npm, n8n with its task runner) are started as a group and ended as one.
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 50;

/** For spawn's options. Windows has no such groups: there the tree of processes is ended. */
export const GROUP = { detached: process.platform !== 'win32' };

/**
 * Ends a program started with GROUP and all that it started: asks first and insists after some seconds.
 * Resolves when none of them is left.
 * @param {{ pid?: number }} program
 */
export async function endGroup({ pid }) {
	if (pid === undefined) return;
	if (process.platform === 'win32') return endTree(pid);
	for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
		const giveUpAt = Date.now() + PATIENCE_MS;
		let alive = signalGroup(pid, signal);
		while (alive && Date.now() < giveUpAt) {
			await sleep(LOOK_EVERY_MS);
			alive = signalGroup(pid, 0);
		}
		if (!alive) return;
	}
}

/** Whether there was anyone left to signal. */
function signalGroup(/** @type {number} */ pid, /** @type {NodeJS.Signals | 0} */ signal) {
	try {
		process.kill(-pid, signal);
		return true;
	} catch {
		return false;
	}
}

function endTree(/** @type {number} */ pid) {
	try {
		execFileSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
	} catch {
		// Ended already.
	}
}
