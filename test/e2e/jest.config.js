/** End-to-end tests: each file starts its own real n8n. Two run at a time, because each n8n needs a gigabyte. */
module.exports = {
	...require('../jest.config'),
	testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
	testTimeout: 120_000,
	maxWorkers: 2,
};
