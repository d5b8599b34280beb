/**
 * Runs a task for each input item, several at once, and returns the results in the order of the items. When a task throws,
 * no other task starts, `end` is called to stop the running ones, and the first error is thrown.
 */
export async function forEachItem<T>(
	count: number,
	atOnce: number,
	task: (itemIndex: number) => Promise<T>,
	end: () => void,
): Promise<T[]> {
	const results = new Array<T>(count);
	const failures: unknown[] = [];
	let next = 0;
	const worker = async () => {
		while (next < count && failures.length === 0) {
			const itemIndex = next++;
			try {
				results[itemIndex] = await task(itemIndex);
			} catch (failure) {
				failures.push(failure);
				end();
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, atOnce) }, worker));
	if (failures.length > 0) throw failures[0];
	return results;
}
