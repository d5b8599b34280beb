import { createHash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

/** Bytes as they arrive: Node's own stream, by the name under which n8n has it. */
export type Bytes = Awaited<ReturnType<IExecuteFunctions['helpers']['getBinaryStream']>>;

/** What passed by. */
export interface Passed {
	/** In bytes. */
	fileSize: number;
	/** Of the bytes as they were served, in hexadecimal digits. */
	sha256: string;
}

/** Enough to see what a body is. */
const START_BYTES = 512;
/** Markdown may begin with a tag, and with a bracket. So only what is never the beginning of a text counts. */
const WEB_PAGE = /^\s*<(!doctype\s+html|html|head|body)\b/i;
const JSON_START = /^\s*(\{\s*["}]|\[\s*\{\s*")/;

/** Something that is not a file, e.g. "a web page". */
export class NotAFile extends Error {
	constructor(readonly kind: string) {
		super(`${kind} in place of a file`);
	}
}

/** Counts and hashes a file while it passes by unchanged, so that no part of it stays in memory. */
export class Passage {
	/** How many bytes passed by so far. */
	fileSize = 0;
	private start = '';
	private readonly hash = createHash('sha256');
	private readonly decoder = new TextDecoder();

	/** @throws NotAFile as soon as the bytes show that they are none */
	readonly take = (piece: Uint8Array): Uint8Array => {
		this.fileSize += piece.length;
		this.hash.update(piece);
		if (this.start.length < START_BYTES) {
			// The decoder drops a byte order mark.
			this.start += this.decoder.decode(piece.subarray(0, START_BYTES), { stream: true });
			if (WEB_PAGE.test(this.start)) throw new NotAFile('a web page');
			if (JSON_START.test(this.start)) throw new NotAFile('JSON');
		}
		return piece;
	};

	/** @throws NotAFile if nothing passed by */
	end(): Passed {
		if (this.fileSize === 0) throw new NotAFile('an empty answer');
		return { fileSize: this.fileSize, sha256: this.hash.digest('hex') };
	}
}
