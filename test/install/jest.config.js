/** The package installed and updated through n8n, from a mock of npm's registry. One runs at a time, beside the other tests of CI. */
module.exports = {
	...require('../n8nLogs/jest.config'),
	testMatch: ['<rootDir>/test/install/**/*.test.ts'],
	testTimeout: 600_000,
	maxWorkers: 1,
};
