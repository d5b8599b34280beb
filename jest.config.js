/** Unit and engine tests: no installation of n8n needed, only its libraries. */
module.exports = {
	testEnvironment: 'node',
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
