/** For tests that start an n8n: its logs are kept in `.local/logs`, and shown if a test fails. */
module.exports = {
	...require('../jest.config'),
	setupFilesAfterEnv: ['<rootDir>/test/n8nLogs/keep.ts'],
	reporters: ['default', '<rootDir>/test/n8nLogs/reporter.js'],
};
