/** The packed package in several versions of a real n8n. Two run at a time, because they mostly wait. */
module.exports = {
	...require('../n8nLogs/jest.config'),
	testMatch: ['<rootDir>/test/versions/**/*.test.ts'],
	maxWorkers: 2,
};
