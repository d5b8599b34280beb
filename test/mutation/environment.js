const { TestEnvironment } = require('jest-environment-node');

/** Jest runs all tests of a file; a mutant is dead at the first that is red. */
module.exports = class extends TestEnvironment {
	red = false;

	/** @param {import('@jest/types').Circus.Event} event */
	handleTestEvent(event) {
		if (event.name === 'test_done' && event.test.errors.length > 0) this.red = true;
		if (event.name === 'test_start' && this.red) event.test.mode = 'skip';
	}
};
