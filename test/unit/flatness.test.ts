import { ALLOWED_PER_EXECUTION, growth, isFlat, type MemorySample } from '../../bench/flatness';
import { seededRandom } from '../../sandbox/random';

/** The memory samples of a soak whose executions each leave this many bytes behind, while n8n itself warms up by megabytes. */
function samples({ byNode = 0, byN8n = 0, noiseBytes = 100_000 }): MemorySample[] {
	const random = seededRandom(1);
	return Array.from({ length: 25 }, (_, index) => {
		const executions = index * 400;
		const warmUp = 6_000_000 * (1 - Math.exp(-index / 2));
		const heldByControl = 240_000_000 + byN8n * executions + (random() - 0.5) * noiseBytes;
		const noise = (random() - 0.5) * noiseBytes;
		return { executions, held: heldByControl + warmUp + byNode * executions + noise, heldByControl };
	});
}

test('memory that only warms up and scatters is flat', () => {
	expect(isFlat(growth(samples({})))).toBe(true);
});

test('memory that grows by a few hundred bytes with each execution is not flat', () => {
	expect(isFlat(growth(samples({ byNode: ALLOWED_PER_EXECUTION + 50 })))).toBe(false);
});

test('growth of n8n itself does not count', () => {
	expect(isFlat(growth(samples({ byN8n: 1_000 })))).toBe(true);
});

test('if the samples scatter too much, memory is not accepted as flat', () => {
	expect(isFlat(growth(samples({ noiseBytes: 10_000_000 })))).toBe(false);
});

test('growth is in bytes per execution, with its uncertainty', () => {
	const { perExecution, uncertainty } = growth(samples({ byNode: 700 }));
	expect(Math.abs(perExecution - 700)).toBeLessThan(uncertainty * 2);
	expect(uncertainty).toBeLessThan(50);
});
