import { NodeApiError } from 'n8n-workflow';

/**
 * What was asked for, or undefined if the rate limit ended the request.
 *
 * @param mayBeLimited whether something can be done without it; if not, the error is thrown
 */
export async function unlessLimited<T>(request: Promise<T>, mayBeLimited = true): Promise<T | undefined> {
	return await request.catch(async (failure: unknown) => {
		const isLimit = failure instanceof NodeApiError && failure.httpCode === '429';
		return mayBeLimited && isLimit ? undefined : await Promise.reject(failure as Error);
	});
}
