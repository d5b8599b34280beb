import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const EXCERPT_CHARS = 200;

/** A key that is nowhere else, and how to tell where it got to. */
export class Secret {
	/** Hexadecimal: it looks the same in a URL, in JSON and in HTML. */
	private readonly random = randomBytes(16).toString('hex');
	readonly key = `llmgen_${this.random}`;
	/** Half of it would be too much already. */
	private readonly signs = [this.random.slice(0, 16), this.random.slice(16), ...base64Of(this.random)];

	/** Whether the key can be read from it, in plain or as base64: what stands around it then, else nothing. */
	in(content: string | Buffer): string | undefined {
		const at = Math.max(...this.signs.map((sign) => content.indexOf(sign)));
		if (at < 0) return undefined;
		return content.slice(Math.max(0, at - EXCERPT_CHARS), at + EXCERPT_CHARS).toString();
	}

	/** The files below a folder, e.g. a database, that hold the key in any of their bytes, and what stands around it. */
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

/** What base64 makes of a text wherever it begins: three ways, without the ends, which depend on what stands around it. */
function base64Of(text: string): string[] {
	return [0, 1, 2].map((before) =>
		Buffer.from(' '.repeat(before) + text)
			.toString('base64')
			.slice(4, -4),
	);
}
