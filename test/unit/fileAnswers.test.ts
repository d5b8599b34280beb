import { isFromApi } from '../../nodes/LlmGenerator/transport/answer';

test('a file that says nothing of the rate limit does not lift it; one that names it does count', () => {
	const answer = { statusCode: 200, body: {}, isOfFile: true };
	expect(isFromApi(answer)).toBe(false);
	expect(isFromApi({ ...answer, headers: { 'x-ratelimit-remaining': '3' } })).toBe(true);
	expect(isFromApi({ ...answer, isOfFile: undefined })).toBe(true);
});
