import { UserError } from 'n8n-workflow';
import type { ApiClient } from './client';
import { isAllowed, isOwn } from './credential';
import { fileHostError, type RequestError } from './errors';
import { Redirected, type NotStored, type ReceivedFile } from './file';
import { parsedUrl } from './parsedUrl';
import type { Receiver } from './receivers';

/** More than any server needs; a loop of redirects ends here. */
const MAX_REDIRECTS = 5;

/**
 * Downloads a file: from where the API says that it is, and from its documented address below the Base URL where the
 * API does not say, or names an address that is not encrypted. The key goes to the origin of the Base URL only; what
 * is elsewhere is read without it, and only over https. That holds for redirects, too.
 *
 * @param stated the address that the API gave, if any
 * @param documented the path below the Base URL
 * @throws RequestError; UserError for an address that must not be followed
 */
export async function download<T>(
	client: ApiClient,
	stated: unknown,
	documented: string,
	receive: Receiver<T>,
): Promise<ReceivedFile<T> | NotStored> {
	let url = safeAddress(client, stated) ?? `${client.destination.baseUrl}${documented}`;
	for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
		const answer = await fetchFile(client, url, receive);
		if (!(answer instanceof Redirected)) return answer as ReceivedFile<T> | NotStored;
		const next = safeAddress(client, answer.location, url);
		if (next === undefined) throw new UserError(unsafe(answer.location));
		url = next;
	}
	throw new UserError(
		`The file was not found: its address leads from one to the next, more than ${MAX_REDIRECTS} times. ${LATER}`,
	);
}

const LATER = 'Run this again later. If this keeps happening, ask LLM Generator’s support.';

function unsafe(location: string): string {
	const shown = location.slice(0, 200);
	return `LLM Generator redirected the download to "${shown}", which was not followed, because it does not begin with https://. ${LATER}`;
}

/** Undefined for an address that the API's own server does not have, and that is not encrypted or names a user. */
function safeAddress(
	client: ApiClient,
	stated: unknown,
	base = `${client.destination.baseUrl}/`,
): string | undefined {
	if (typeof stated !== 'string' || stated.trim() === '') return undefined;
	const url = parsedUrl(stated, base);
	if (!url || url.username || url.password) return undefined;
	return isOwn(url.href, client.destination) || url.protocol === 'https:' ? url.href : undefined;
}

async function fetchFile(client: ApiClient, url: string, receive: Receiver<unknown>) {
	if (isOwn(url, client.destination)) return await client.file({ url, receive });
	const { hostname } = new URL(url);
	if (!isAllowed(url, client.destination)) {
		throw new UserError(
			`The file is at ${hostname}, which is not one of the Allowed Domains of the LLM Generator API credential. Add ${hostname} to them. The API key is not sent there.`,
		);
	}
	try {
		return await client.file({ url, receive });
	} catch (failure) {
		throw 'fate' in (failure as Error)
			? fileHostError(client.node, hostname, failure as RequestError)
			: failure;
	}
}
