import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { NotAFile, Passage } from '../../nodes/LlmGenerator/transport/passage';

/** What a passage says of bytes that come in these pieces. */
function passed(...pieces: Array<string | Uint8Array>) {
	const passage = new Passage();
	for (const piece of pieces) {
		const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
		expect(passage.take(bytes)).toBe(bytes);
	}
	return passage.end();
}

test('counts and hashes any bytes, in whatever pieces they come', () => {
	const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 });
	fc.assert(
		fc.property(pieces, (all) => {
			const bytes = Buffer.concat([Buffer.from('# '), ...all]);
			const sha256 = createHash('sha256').update(bytes).digest('hex');
			expect(passed(Buffer.from('# '), ...all)).toEqual({ fileSize: bytes.length, sha256 });
		}),
	);
});

test.each([
	['<!doctype html><p>', 'a web page'],
	['\uFEFF\r\n<HTML lang="en">', 'a web page'],
	['<head>', 'a web page'],
	['{"message":"No"}', 'JSON'],
	[' [ { "id": 1 } ]', 'JSON'],
	['{}', 'JSON'],
])('%j is not a file, in one piece or byte by byte', (text, kind) => {
	for (const pieces of [[text], [...Buffer.from(text)].map((byte) => Uint8Array.of(byte))]) {
		expect(() => passed(...pieces)).toThrow(new NotAFile(kind));
	}
});

test.each([
	'# Title',
	'<b>Bold</b>',
	'<!-- note -->',
	'[Link](https://x)',
	'{{ x }}',
	'[{x}](y)',
	'<headline>',
	'null',
])('%j can be the beginning of a file', (text) => {
	expect(passed(text).fileSize).toBe(text.length);
});

test('what stands further down is not looked at', () => {
	expect(passed('a'.repeat(600), '<html>').fileSize).toBe(606);
});

test('nothing is not a file', () => {
	expect(() => passed()).toThrow('an empty answer');
	expect(() => passed('', '')).toThrow('an empty answer');
});
