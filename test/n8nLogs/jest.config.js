/** For tests that start an n8n: its logs are kept in `.local/logs`, and shown if a test fails. */
module.exports = {
	...require('../jest.config'),
	// demo/n8n.mts gives n8n three minutes to start.
	testTimeout: 240_000,
	setupFilesAfterEnv: ['<rootDir>/test/n8nLogs/keep.ts'],
	reporters: ['default', '<rootDir>/test/n8nLogs/reporter.js'],
};
