const config = require('../jest.config');
const typescript = '^.+\\.ts$';
const [swc, options] = config.transform[typescript];

/** For Stryker: from the sources, in one file of tests, and not a test further than to the first red one. */
module.exports = {
	...config,
	testEnvironment: require.resolve('./environment.js'),
	testMatch: ['<rootDir>/test/mutation/all.test.ts'],
	testTimeout: 10_000,
	moduleNameMapper: { '/dist/(nodes|credentials)/(.*)\\.js$': '<rootDir>/$1/$2.ts' },
	// Most mutants die in a unit test: n8n is loaded when a test first makes use of it.
	transform: { [typescript]: [swc, { ...options, module: { type: 'commonjs', lazy: true } }] },
};
