/** The packed package in real n8n of several versions, two of them at a time: mostly they wait. */
module.exports = {
	...require('../jest.config'),
	testMatch: ['<rootDir>/test/versions/**/*.test.ts'],
	testTimeout: 120_000,
	maxWorkers: 2,
};
