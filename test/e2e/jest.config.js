/** End-to-end tests: each file starts a real n8n of its own, two at a time: each takes a gigabyte. */
module.exports = {
	...require('../jest.config'),
	testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
	testTimeout: 120_000,
	maxWorkers: 2,
};
