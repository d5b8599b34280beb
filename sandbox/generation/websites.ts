import { pageAt, type WebPage, websiteAt } from './website';

/**
 * The pages that the websites of the world have now. Tests add and remove some, also while a list of URLs is being read:
 * the lists of generations and discoveries follow (each up to its `maxUrls`), but not the files.
 */
export class Websites {
	private readonly changed = new Map<string, { pages: WebPage[]; made: number }>();

	/** The pages at a normalized address, in the order of the lists; at first, the home page is the first one. */
	pages(address: string): readonly WebPage[] {
		return this.changed.get(address)?.pages ?? websiteAt(address).pages;
	}

	/** Adds pages that were never there before; by default at the end of the list. */
	add(address: string, count: number, at = Infinity): WebPage[] {
		const website = this.change(address);
		const added = Array.from({ length: count }, () => pageAt(address, website.made++));
		website.pages.splice(at, 0, ...added);
		return added;
	}

	/** Removes pages, by default the first ones of the list. */
	remove(address: string, count: number, at = 0): WebPage[] {
		return this.change(address).pages.splice(at, count);
	}

	/** Gives the website this many pages: the last ones vanish, or new ones appear behind them. */
	resize(address: string, count: number): void {
		const { length } = this.pages(address);
		if (count < length) this.remove(address, length - count, count);
		else this.add(address, count - length);
	}

	/** Every website is again as it was at first. */
	clear(): void {
		this.changed.clear();
	}

	private change(address: string) {
		const pages = [...this.pages(address)];
		const website = this.changed.get(address) ?? { pages, made: pages.length };
		this.changed.set(address, website);
		return website;
	}
}
