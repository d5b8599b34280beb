import { addressOf } from './address';
import { pageAt, type WebPage, websiteAt } from './website';

/**
 * The pages that the websites of the world have now. Tests add and remove some, also while a list of URLs is being read:
 * the lists of generations and discoveries follow (each up to its `maxUrls`), but not the files. What is in a file is set on
 * its own, with `setText`.
 */
export class Websites {
	private readonly changed = new Map<string, { pages: WebPage[]; made: number }>();
	private readonly texts = new Map<string, string>();

	/** The pages of the website at an address, in the order of the lists; at first, the home page is the first one. */
	pages(url: string): readonly WebPage[] {
		const address = addressOf(url);
		return this.changed.get(address)?.pages ?? websiteAt(address).pages;
	}

	/** Adds pages that were never there before; by default at the end of the list. */
	add(url: string, count: number, at = Infinity): WebPage[] {
		const website = this.change(url);
		const added = Array.from({ length: count }, () => pageAt(addressOf(url), website.made++));
		website.pages.splice(at, 0, ...added);
		return added;
	}

	/** Removes pages, by default the first ones of the list. */
	remove(url: string, count: number, at = 0): WebPage[] {
		return this.change(url).pages.splice(at, count);
	}

	/** Gives the website this many pages: the last ones vanish, or new ones appear behind them. */
	resize(url: string, count: number): void {
		const { length } = this.pages(url);
		if (count < length) this.remove(url, length - count, count);
		else this.add(url, count - length);
	}

	/** Sets the exact text of llms.txt, for generations of the website that start from now on; undefined: their own text. */
	setText(url: string, text: string | undefined): void {
		if (text === undefined) this.texts.delete(addressOf(url));
		else this.texts.set(addressOf(url), text);
	}

	/** The text that `setText` has set. */
	text(url: string): string | undefined {
		return this.texts.get(addressOf(url));
	}

	/** Every website is again as it was at first. */
	clear(): void {
		this.changed.clear();
		this.texts.clear();
	}

	private change(url: string) {
		const address = addressOf(url);
		const pages = [...this.pages(address)];
		const website = this.changed.get(address) ?? { pages, made: pages.length };
		this.changed.set(address, website);
		return website;
	}
}
