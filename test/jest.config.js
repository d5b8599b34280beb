const path = require('node:path');

/** Unit and engine tests: no installation of n8n needed, only its libraries. The other kinds begin with it. */
module.exports = {
	rootDir: path.resolve(__dirname, '..'),
	testEnvironment: 'node',
	// A busy machine takes its time to load n8n; tests that wait for longer say so.
	testTimeout: 30_000,
	// The longest tests wait for rate limits and back-off, which costs no processor.
	maxWorkers: 6,
	testMatch: ['<rootDir>/test/{unit,engine}/**/*.test.ts'],
	setupFiles: ['<rootDir>/test/engine/environment.ts'],
	// The demo's n8n brings thousands of packages of its own.
	modulePathIgnorePatterns: ['<rootDir>/.local/'],
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{ jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } } },
		],
	},
};
