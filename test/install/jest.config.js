/** The package installed and updated through n8n, from a mock of npm's registry. Two run at a time, because they mostly wait. */
module.exports = {
	...require('../n8nLogs/jest.config'),
	testMatch: ['<rootDir>/test/install/**/*.test.ts'],
	testTimeout: 600_000,
	maxWorkers: 2,
};
