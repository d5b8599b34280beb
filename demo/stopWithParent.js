// `node --require` loads this file into n8n and npm. If the demo is killed (kill -9, a crash) and cannot stop them, the IPC
// channel to them closes. Then they stop themselves and the processes that they have started.
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
