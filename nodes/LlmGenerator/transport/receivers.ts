import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import type { Bytes } from './passage';

/** Takes the bytes of a file. It may be called again for the same file, if the connection broke. */
export type Receiver<T> = (bytes: Bytes) => Promise<T>;

/** Hands the bytes to n8n's store for binary data. In its filesystem mode they go there piece by piece. */
export function asBinaryData(context: IExecuteFunctions, fileName: string): Receiver<IBinaryData> {
	return async (bytes) => await context.helpers.prepareBinaryData(bytes, fileName, 'text/plain');
}

/**
 * Text, with its byte order mark and line ends as they are.
 *
 * @returns undefined for a file of more than `mostBytes`
 */
export function asText(mostBytes: number): Receiver<string | undefined> {
	return async (bytes) => {
		const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
		let [text, size] = ['', 0];
		for await (const piece of bytes as AsyncIterable<Uint8Array>) {
			size += piece.length;
			if (size > mostBytes) return undefined;
			text += decoder.decode(piece, { stream: true });
		}
		return text + decoder.decode();
	};
}
