import type { Page } from './page';

/** Where a reader stands: the offset at which its last row was seen, the list's `total` then, and the width of a page. */
interface Standing {
	lastAt: number;
	total?: number;
	step: number;
}

/** Where to look for what was read, after a page without it: by how the total changed, else all around. */
export function nextGuess(page: Page<unknown>, search: number, { lastAt, total, step }: Standing): number {
	// Rows were removed: the last row stands further to the front now, or is gone itself.
	if (page.rows.length === 0) return Math.max(0, page.offset - search * step);
	const shift = (page.total ?? NaN) - (total ?? NaN);
	if (search === 1 && shift) return Math.max(0, lastAt + shift);
	const distance = Math.ceil(search / 2) * step;
	return Math.max(0, lastAt + (search % 2 ? distance : -distance));
}
