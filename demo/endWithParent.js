// Loaded into n8n by `node --require`. Where the demo is ended too hard to end its n8n (kill -9, a crash), the channel
// between the two closes, and n8n ends itself and its task runner.
const process = require('node:process');
const { setTimeout } = require('node:timers');

const PATIENCE_MS = 5_000;

process.on('disconnect', () => {
	const group = process.platform === 'win32' ? process.pid : -process.pid;
	process.kill(group, 'SIGTERM');
	setTimeout(() => process.kill(group, 'SIGKILL'), PATIENCE_MS).unref();
});
// The channel alone must not keep n8n from ending.
process.channel?.unref();
