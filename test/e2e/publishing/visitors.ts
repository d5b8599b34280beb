import { watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a folder holds, by name. */
export async function contents(folder: string): Promise<Record<string, string>> {
	const names = (await readdir(folder)).sort();
	return Object.fromEntries(
		await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
	);
}

/** Which file it is, and when it was written: the same again if nothing touched it. */
export async function identity(path: string): Promise<object> {
	const { ino, mtimeMs, ctimeMs, size } = await stat(path);
	return { ino, mtimeMs, ctimeMs, size };
}

/** Reads a file again and again, as the visitors of a website do, until `leave`. */
export class Visitors {
	/** Every text that they were ever given, in the order in which it came first. `undefined`: there was no file. */
	readonly seen: Array<string | undefined> = [];
	visits = 0;
	private isOpen = true;
	private readonly reading: Promise<void>;

	constructor(private readonly path: string) {
		this.reading = this.read();
	}

	async leave(): Promise<void> {
		this.isOpen = false;
		await this.reading;
	}

	private async read(): Promise<void> {
		while (this.isOpen) {
			const text = await readFile(this.path, 'utf8').catch(() => undefined);
			this.visits += 1;
			if (!this.seen.includes(text)) this.seen.push(text);
			await nextTurn();
		}
	}
}

/** Does something at the moment when a file with this name appears in a folder, once. */
export function whenAppears(folder: string, name: string, action: () => unknown): void {
	const watcher = watch(folder, (_event, changed) => {
		if (changed !== name) return;
		watcher.close();
		action();
	});
}
