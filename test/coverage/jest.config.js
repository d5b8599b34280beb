/** Which branches of the published code the unit and engine tests cover. They run the sources, not dist. */
module.exports = {
	...require('../jest.config'),
	moduleNameMapper: { '/dist/(nodes|credentials)/(.*)\\.js$': '<rootDir>/$1/$2.ts' },
	collectCoverage: true,
	collectCoverageFrom: ['nodes/**/*.ts', 'credentials/**/*.ts'],
	coverageReporters: ['text', 'html'],
	coverageThreshold: { global: { branches: 95 } },
};
