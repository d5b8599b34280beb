/** End-to-end tests: each file starts its own real n8n. Four run at a time: each n8n needs a gigabyte, and waits most of the time. */
module.exports = {
	...require('../n8nLogs/jest.config'),
	testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
	maxWorkers: 4,
	globalSetup: '<rootDir>/test/e2e/startOnce.ts',
	testSequencer: '<rootDir>/test/e2e/longestFirst.js',
};
