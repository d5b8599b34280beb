import { Readable } from 'node:stream';

/** How the bytes of a file differ from the plain text. */
export interface FileShape {
	/** The size of the file: shorter texts are continued, longer ones are cut. */
	bytes?: number;
	/** Begins with a byte order mark. */
	bom?: boolean;
	/** Lines end as on Windows. */
	crlf?: boolean;
}

export interface FileBody {
	bytes: number;
	stream: Readable;
}

const PIECE_BYTES = 64 * 1024;

/** The bytes of a file. Only one piece of it is in memory at a time, however large it is. */
export function fileBody(text: string, { bytes: wanted, bom, crlf }: FileShape = {}): FileBody {
	const lines = crlf ? text.replaceAll('\n', '\r\n') : text;
	const start = Buffer.from(`${bom ? '\uFEFF' : ''}${lines}`);
	const bytes = wanted ?? start.length;
	const line = `More text, so that the file has the size that was asked for.${crlf ? '\r\n' : '\n'}`;
	const filler = Buffer.from(line.repeat(Math.ceil(PIECE_BYTES / line.length)));
	return { bytes, stream: Readable.from(pieces(start, filler, bytes)) };
}

function* pieces(start: Buffer, filler: Buffer, bytes: number): Generator<Buffer> {
	if (bytes > 0) yield start.subarray(0, bytes);
	for (let sent = start.length; sent < bytes; sent += filler.length) {
		yield filler.subarray(0, bytes - sent);
	}
}
