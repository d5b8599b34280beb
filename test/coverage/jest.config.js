/** Which branches of the published sources the unit and engine tests take. They run from the sources, not from dist. */
module.exports = {
	...require('../jest.config'),
	moduleNameMapper: { '/dist/(nodes|credentials)/(.*)\\.js$': '<rootDir>/$1/$2.ts' },
	collectCoverage: true,
	collectCoverageFrom: ['nodes/**/*.ts', 'credentials/**/*.ts'],
	coverageReporters: ['text', 'html'],
	coverageThreshold: { global: { branches: 95 } },
};
