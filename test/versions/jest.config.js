/** The packed package in several versions of a real n8n. Two run at a time, because they mostly wait. */
module.exports = {
	...require('../n8nLogs/jest.config'),
	testMatch: ['<rootDir>/test/versions/**/*.test.ts'],
	// demo/n8n.mts gives n8n three minutes to start.
	testTimeout: 240_000,
	maxWorkers: 2,
};
