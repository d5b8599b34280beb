import { ALLOWED_PER_EXECUTION, growth, isFlat, type MemorySample } from '../../bench/flatness';
import { seededRandom } from '../../sandbox/random';

/** The samples of a soak whose executions each leave so many bytes behind; n8n itself warms up by megabytes. */
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

test('a few hundred bytes more with each execution are not', () => {
	expect(isFlat(growth(samples({ byNode: ALLOWED_PER_EXECUTION + 50 })))).toBe(false);
});

test('what n8n adds by itself does not count', () => {
	expect(isFlat(growth(samples({ byN8n: 1_000 })))).toBe(true);
});

test('where the samples scatter too much to tell, it does not pass', () => {
	expect(isFlat(growth(samples({ noiseBytes: 10_000_000 })))).toBe(false);
});

test('growth is in bytes per execution, with what chance may make of it', () => {
	const { perExecution, uncertainty } = growth(samples({ byNode: 700 }));
	expect(Math.abs(perExecution - 700)).toBeLessThan(uncertainty * 2);
	expect(uncertainty).toBeLessThan(50);
});
