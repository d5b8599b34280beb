// Programs that start other programs (npm, n8n with its task runner) are started and stopped as one process group.
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const STOP_TIMEOUT_MS = 5_000;
const CHECK_INTERVAL_MS = 50;

/** Options for spawn. Windows has no process groups: there, the process tree is stopped. */
export const GROUP = { detached: process.platform !== 'win32' };

/**
 * Stops a program that was started with GROUP, and everything that it started: first with SIGTERM, after some seconds
 * with SIGKILL. Resolves when no process is left.
 * @param {{ pid?: number }} program
 */
export async function stopGroup({ pid }) {
	if (pid === undefined) return;
	if (process.platform === 'win32') return stopTree(pid);
	for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
		const deadline = Date.now() + STOP_TIMEOUT_MS;
		let alive = signalGroup(pid, signal);
		while (alive && Date.now() < deadline) {
			await sleep(CHECK_INTERVAL_MS);
			alive = signalGroup(pid, 0);
		}
		if (!alive) return;
	}
}

/** Returns whether there was still a process to signal. */
function signalGroup(/** @type {number} */ pid, /** @type {NodeJS.Signals | 0} */ signal) {
	try {
		process.kill(-pid, signal);
		return true;
	} catch {
		return false;
	}
}

function stopTree(/** @type {number} */ pid) {
	try {
		execFileSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
	} catch {
		// Already stopped.
	}
}
