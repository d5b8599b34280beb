const { default: Sequencer } = require('@jest/test-sequencer');

/** Short files whose tests take minutes: these mostly wait for schedules, executions and a person's approval. */
const LONG = /\/(allClients|agentGeneration|approvedGeneration|watchRepeatedly)\.test\.ts$/;

/**
 * Runs the longest tests first, so that none of them is still running alone when all others are done. In a fresh clone, jest
 * knows only how large the files are, not how long they take.
 */
module.exports = class LongestFirst extends Sequencer {
	/** @param {import('@jest/test-result').Test[]} tests */
	async sort(tests) {
		const sorted = await super.sort(tests);
		/** @param {import('@jest/test-result').Test} test */
		const isLong = ({ path }) => LONG.test(path);
		return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
	}
};
