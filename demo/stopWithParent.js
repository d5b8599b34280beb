// `node --require` loads this file into n8n. If the demo is killed (kill -9, a crash) and cannot stop its n8n, the IPC
// channel between the two closes. Then n8n stops itself and its task runner.
const process = require('node:process');
const { setTimeout } = require('node:timers');

const STOP_TIMEOUT_MS = 5_000;

process.on('disconnect', () => {
	const group = process.platform === 'win32' ? process.pid : -process.pid;
	process.kill(group, 'SIGTERM');
	setTimeout(() => process.kill(group, 'SIGKILL'), STOP_TIMEOUT_MS).unref();
});
// An open channel must not keep n8n running.
process.channel?.unref();
