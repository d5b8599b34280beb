const { existsSync, readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const process = require('node:process');
const { logsOf } = require('./folder');

const LINES_TO_SHOW = 40;

/** Prints the end of n8n's logs as soon as a test file has failed, because they often say why. */
module.exports = class ShowN8nLogs {
	/**
	 * @param {{ path: string }} test
	 * @param {{ numFailingTests: number, testExecError?: unknown }} result
	 */
	onTestResult(test, { numFailingTests, testExecError }) {
		const folder = logsOf(test.path);
		if ((numFailingTests === 0 && !testExecError) || !existsSync(folder)) return;
		for (const name of readdirSync(folder).sort()) {
			const file = path.join(folder, name);
			const lines = readFileSync(file, 'utf8').split('\n').filter(isNoStack);
			process.stderr.write(`\nThe end of ${file}:\n${lines.slice(-LINES_TO_SHOW).join('\n')}\n`);
		}
	}
};

const isNoStack = (/** @type {string} */ line) => line.trim() !== '' && !/^\s+at /.test(line);
