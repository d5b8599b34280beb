import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const EXCERPT_CHARS = 200;

/** A random key, and a search for it. */
export class Secret {
	/** Hexadecimal: it looks the same in a URL, in JSON and in HTML. */
	private readonly random = randomBytes(16).toString('hex');
	readonly key = `llmgen_${this.random}`;
	/** Even half of the key must not be found. */
	private readonly patterns = [this.random.slice(0, 16), this.random.slice(16), ...base64Of(this.random)];

	/** If the content contains the key, as plain text or as base64, returns the text around it. */
	in(content: string | Buffer): string | undefined {
		const at = Math.max(...this.patterns.map((pattern) => content.indexOf(pattern)));
		if (at < 0) return undefined;
		return content.slice(Math.max(0, at - EXCERPT_CHARS), at + EXCERPT_CHARS).toString();
	}

	/** The files in a folder, e.g. a database, that contain the key, with the text around it. */
	async inFilesOf(folder: string): Promise<Record<string, string>> {
		const entries = await readdir(folder, { recursive: true, withFileTypes: true });
		const found: Record<string, string> = {};
		for (const entry of entries.filter((each) => each.isFile())) {
			const path = join(entry.parentPath, entry.name);
			const excerpt = this.in(await readFile(path));
			if (excerpt !== undefined) found[relative(folder, path)] = excerpt;
		}
		return found;
	}
}

/** The three base64 forms of a text, depending on its position, without the ends, which depend on the text around it. */
function base64Of(text: string): string[] {
	return [0, 1, 2].map((before) =>
		Buffer.from(' '.repeat(before) + text)
			.toString('base64')
			.slice(4, -4),
	);
}
