/** The packed package in real n8n of several versions. They are started one after another: each takes a gigabyte. */
module.exports = {
	...require('./jest.config'),
	testMatch: ['<rootDir>/test/versions/**/*.test.ts'],
	testTimeout: 120_000,
	maxWorkers: 1,
};
