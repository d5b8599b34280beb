import { isSame, mayBeSame, normalized, siteKey } from '../../nodes/LlmGenerator/sites/address';

const WANTED = 'https://Example.com/';

test.each([
	['https://example.com', true, true],
	['https://example.com:443/#top', true, true],
	['http://example.com', false, true],
	['https://www.example.com', false, true],
	['example.com', true, true],
	['https://example.com/docs', false, false],
	['https://docs.example.com', false, false],
	['https://example.com.evil.example', false, false],
	['https://example.com:8443', false, false],
	['no address', false, false],
])(`a site %s is the same as ${WANTED}: %p; may be the same: %p`, (address, same, maybe) => {
	expect(isSame(address, WANTED)).toBe(same);
	expect(mayBeSame(address, WANTED)).toBe(maybe);
});

test.each([
	['https://example.com/docs/', true],
	['https://example.com', true],
	['https://example.com/Docs', false],
	['https://example.com/docs/api', false],
	['https://example.com/docs?lang=de', false],
])('a server may make %s of https://example.com/docs: %p', (address, maybe) => {
	expect(mayBeSame(address, 'https://example.com/docs')).toBe(maybe);
});

test('an address keeps what distinguishes sites', () => {
	expect(normalized('HTTPS://Example.COM:443/Docs/?a=1#top')).toBe('https://example.com/Docs?a=1');
	expect(normalized(' not one ')).toBe('not one');
});

test('what may be one site is generated one after the other', () => {
	expect(siteKey('https://www.example.com/')).toBe(siteKey('http://example.com'));
	expect(siteKey('https://example.com/a')).not.toBe(siteKey('https://example.com/b'));
});
