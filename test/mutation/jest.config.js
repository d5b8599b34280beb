const config = require('../jest.config');
const typescript = '^.+\\.ts$';
const [swc, options] = config.transform[typescript];

/** For Stryker: runs the sources, with all tests in one file, and stops at the first test that fails. */
module.exports = {
	...config,
	testEnvironment: require.resolve('./environment.js'),
	testMatch: ['<rootDir>/test/mutation/all.test.ts'],
	testTimeout: 10_000,
	moduleNameMapper: { '/dist/(nodes|credentials)/(.*)\\.js$': '<rootDir>/$1/$2.ts' },
	// Most mutants are killed by a unit test, so n8n is loaded only when a test first uses it.
	transform: { [typescript]: [swc, { ...options, module: { type: 'commonjs', lazy: true } }] },
};
