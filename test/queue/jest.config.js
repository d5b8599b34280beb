/** Queue mode: one n8n main, two workers, Redis and PostgreSQL, all of them real processes. */
module.exports = {
	...require('../n8nLogs/jest.config'),
	testMatch: ['<rootDir>/test/queue/**/*.test.ts'],
	testTimeout: 300_000,
	maxWorkers: 1,
};
