const { TestEnvironment } = require('jest-environment-node');

/** Jest runs all tests of a file. A mutant is killed by the first test that fails, so the rest is skipped. */
module.exports = class extends TestEnvironment {
	failed = false;

	/** @param {import('@jest/types').Circus.Event} event */
	handleTestEvent(event) {
		if (event.name === 'test_done' && event.test.errors.length > 0) this.failed = true;
		if (event.name === 'test_start' && this.failed) event.test.mode = 'skip';
	}
};
