/** Where the API begins. */
export const API_PREFIX = '/api/v1';

/** The path of a site's file. */
export function filePath(siteId: string): string {
	return `${API_PREFIX}/file/${siteId}`;
}

/** The page of the account's subscription, which a billing portal link opens. */
export const BILLING_PATH = '/billing';
