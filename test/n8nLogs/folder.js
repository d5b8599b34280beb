const path = require('node:path');

const LOGS = path.resolve(__dirname, '../../.local/logs');

/** The folder with the logs of every n8n that a test file started, e.g. `.local/logs/e2e/story`. */
exports.logsOf = (/** @type {string} */ testFile) =>
	path.join(LOGS, path.basename(path.dirname(testFile)), path.basename(testFile, '.test.ts'));
