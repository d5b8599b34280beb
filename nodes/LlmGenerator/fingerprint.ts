/** A text in eight characters: two 32-bit FNV-1a hashes with different multipliers, 41 bits of them kept. */
export function fingerprint(text: string): string {
	let [a, b] = [0x811c9dc5, 0xc2b2ae35];
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		a = Math.imul(a ^ code, 0x01000193);
		b = Math.imul(b ^ code, 0x85ebca6b);
	}
	const part = (hash: number) => (hash >>> 0).toString(36).padStart(7, '0').slice(-4);
	return part(a) + part(b);
}
