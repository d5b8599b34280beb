const path = require('node:path');

/** Unit and engine tests: they need only n8n's libraries, no installed n8n. The other configurations extend this one. */
module.exports = {
	rootDir: path.resolve(__dirname, '..'),
	testEnvironment: 'node',
	// A busy machine needs time to load n8n. Tests that wait longer set their own timeout.
	testTimeout: 30_000,
	// The longest tests wait for rate limits and back-off, which needs no processor time.
	maxWorkers: 6,
	testMatch: ['<rootDir>/test/{unit,engine}/**/*.test.ts'],
	setupFiles: ['<rootDir>/test/engine/environment.ts'],
	// The demo's n8n contains thousands of packages.
	modulePathIgnorePatterns: ['<rootDir>/.local/'],
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{ jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } } },
		],
	},
};
