import type { Site } from '../../nodes/LlmGenerator/sites/site';
import { sitesAt } from '../../nodes/LlmGenerator/resources/siteField';
import { idIn } from '../../nodes/LlmGenerator/values';

const sites = (...urls: string[]): Site[] => urls.map((url, id) => ({ id, url, status: 'completed' }));
const found = (address: string, ...urls: string[]) => sitesAt(address, sites(...urls)).map(({ url }) => url);

describe('the sites at an address', () => {
	test('that are the same on any server', () => {
		expect(found('HTTPS://Example.com:443/#x', 'https://example.com', 'https://www.example.com')).toEqual([
			'https://example.com',
		]);
		expect(found('https://example.com/docs/', 'https://example.com', 'https://example.com/docs')).toEqual([
			'https://example.com/docs',
		]);
	});

	test('else those that differ in "http" and "www." only: all of them', () => {
		expect(found('example.com', 'http://www.example.com')).toEqual(['http://www.example.com']);
		expect(found('http://example.com', 'https://example.com', 'https://www.example.com')).toHaveLength(2);
	});

	test('but never another page, port or host', () => {
		const others = ['https://example.com/docs', 'https://example.com:8080', 'https://docs.example.com'];
		expect(found('https://example.com', ...others)).toEqual([]);
		expect(found('https://example.com/docs', 'https://example.com')).toEqual([]);
		expect(found('https://example.com/?a=1', 'https://example.com/?a=2')).toEqual([]);
	});
});

test('an object has an ID under the field’s own name, before all others', () => {
	expect(idIn({ id: 'txn_1', siteId: 'site_1' }, 'siteId')).toBe('site_1');
	expect(idIn('{"jobId":"job_1","siteId":7}', 'siteId')).toBe('7');
	expect(idIn({ id: 'site_1', siteId: null }, 'siteId')).toBe('site_1');
	expect(idIn({ jobId: 'job_1' }, 'siteId')).toBeUndefined();
});
