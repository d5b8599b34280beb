import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** The time that the first half of a body needs to get through before the connection is cut. */
const FLUSH_MS = 20;

/** The first half of a body; then nothing more, or `cut`. */
export function half(body: Readable, bytes: number, cut?: () => void): Readable {
	return Readable.from(
		(async function* () {
			let left = Math.floor(bytes / 2);
			for await (const piece of body as AsyncIterable<Buffer>) {
				yield piece.subarray(0, left);
				left -= piece.length;
				if (left <= 0) break;
			}
			if (!cut) await new Promise(() => {});
			await sleep(FLUSH_MS, undefined, { ref: false });
			cut?.();
		})(),
	);
}

/** A body in small pieces. */
export function drops(body: Readable, { bytes, everyMs }: { bytes: number; everyMs: number }): Readable {
	return Readable.from(
		(async function* () {
			let isFirst = true;
			for await (const piece of body as AsyncIterable<Buffer>) {
				for (let at = 0; at < piece.length; at += bytes) {
					if (!isFirst) await sleep(everyMs, undefined, { ref: false });
					isFirst = false;
					yield piece.subarray(at, at + bytes);
				}
			}
		})(),
	);
}
