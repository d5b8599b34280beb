import type { IHttpRequestOptions } from 'n8n-workflow';
import type { Answer } from './answer';
import { clock } from './clock';
import { isOwn, type Destination, type LlmGeneratorCredential } from './credential';
import { everyRequest, sendWithKey } from './http';
import { NotAFile, Passage, type Bytes, type Passed } from './passage';
import type { Receiver } from './receivers';
import type { ApiContext } from './session';
import { isRecord, ownWords, titleOf } from './words';

export interface FileRequest {
	/** In full. */
	url: string;
	receive: Receiver<unknown>;
}

/** A file that was received as a whole. */
export class ReceivedFile<T = unknown> {
	constructor(
		readonly content: T,
		readonly passed: Passed,
	) {}
}

/** The answer is at another address. */
export class Redirected {
	constructor(readonly location: string) {}
}

/** n8n could not keep the file. `words`: its own. */
export class NotStored {
	constructor(readonly words: string) {}
}

export type FileAnswer = ReceivedFile | Redirected | NotStored;

export function isFileAnswer(body: unknown): body is FileAnswer {
	return [ReceivedFile, Redirected, NotStored].some((kind) => body instanceof kind);
}

isFileAnswer.misfit = (body: unknown): string | undefined =>
	body instanceof NotAFile ? body.kind : undefined;

/** Whether a file is on another host than the API, whose rate limit does not apply there. */
export function isElsewhere(file: FileRequest | undefined, destination: Destination): boolean {
	return file !== undefined && !isOwn(file.url, destination);
}

/** A file of which nothing comes for this long is given up, in milliseconds. */
const SILENCE_MS = 60_000;
/** How much is read of an answer that is not a file. */
const MOST_OTHER_BYTES = 65_536;

/**
 * Requests a file once. Any status is an answer; a broken connection throws, also in the middle of the file.
 *
 * @param how its signal, and the proxy if n8n is not to choose one
 */
export async function fileAnswer(
	context: ApiContext,
	credential: LlmGeneratorCredential,
	{ url, receive }: FileRequest,
	how: { abortSignal: AbortSignal } & Pick<IHttpRequestOptions, 'proxy'>,
): Promise<Answer> {
	const passage = new Passage();
	const [ended, silent] = [new AbortController(), new AbortController()];
	const abortSignal = AbortSignal.any([how.abortSignal, silent.signal]);
	void abortIfSilent(passage, silent, ended.signal);
	const options: IHttpRequestOptions = {
		url,
		headers: { Accept: 'text/plain, */*;q=0.1' },
		encoding: 'stream',
		ignoreHttpStatusErrors: true,
		...everyRequest(credential),
		abortSignal,
	};
	try {
		const answer = isOwn(url, credential)
			? await sendWithKey(context, credential, { ...options, proxy: how.proxy })
			: ((await context.helpers.httpRequest(options)) as Answer);
		const bytes = answer.body as unknown as Bytes;
		// Older versions of axios do not listen to the signal while a body is read.
		const stop = () => bytes.destroy(abortSignal.reason as Error);
		abortSignal.addEventListener('abort', stop, { once: true });
		const body = await read(answer, bytes, passage, receive, credential.apiKey);
		// What n8n says of a body that was aborted is not what happened.
		abortSignal.throwIfAborted();
		return { ...body, isOfFile: true };
	} catch (failure) {
		throw silent.signal.aborted ? (silent.signal.reason as Error) : failure;
	} finally {
		ended.abort();
	}
}

/** A connection that is open but silent counts as one that was cut: it is tried again. */
async function abortIfSilent(passage: Passage, silent: AbortController, ended: AbortSignal): Promise<void> {
	try {
		for (let before = -1; before < passage.fileSize; ) {
			before = passage.fileSize;
			await clock.sleep(SILENCE_MS, ended);
		}
		const message = `aborted: nothing came for ${SILENCE_MS / 1000} s`;
		silent.abort(Object.assign(new Error(message), { code: 'ECONNRESET' }));
	} catch {
		// The request has ended.
	}
}

/** The answer with its body read: a file as `receive` takes it, anything else as JSON or text. */
async function read(
	answer: Answer,
	bytes: Bytes,
	passage: Passage,
	receive: Receiver<unknown>,
	secret: string,
): Promise<Answer> {
	const { statusCode, headers = {} } = answer;
	const isSuccess = statusCode >= 200 && statusCode < 300;
	if (statusCode >= 300 && statusCode < 400 && typeof headers.location === 'string') {
		bytes.destroy();
		return { ...answer, statusCode: 200, body: new Redirected(headers.location) as never };
	}
	const [, kind] = /(html|json)/.exec(String(headers['content-type'] ?? '').toLowerCase()) ?? [];
	if ([200, 203].includes(statusCode) && !kind) {
		return { ...answer, body: (await received(bytes, passage, receive)) as never };
	}
	const body = await otherBody(bytes);
	// A server that is still working on the file may say so with a success.
	if (isSuccess && (statusCode === 202 || isUnderWay(body))) return { ...answer, statusCode: 409, body };
	if (!isSuccess || !kind || body === '') return { ...answer, body };
	const [name, words] =
		kind === 'html' ? ['a web page', titleOf(body, secret)] : ['JSON', ownWords(body, secret)];
	return { ...answer, body: new NotAFile(words ? `${name} (“${words}”)` : name) as never };
}

/** @throws what broke the connection */
async function received(
	bytes: Bytes,
	passage: Passage,
	receive: Receiver<unknown>,
): Promise<FileAnswer | NotAFile> {
	try {
		const content = await receive(bytes.map(passage.take));
		return new ReceivedFile(content, passage.end());
	} catch (failure) {
		if (failure instanceof NotAFile) return failure;
		// The bytes arrived, so it was not the connection.
		if (!bytes.errored) return new NotStored((failure as Error).message);
		throw bytes.errored;
	} finally {
		bytes.destroy();
	}
}

async function otherBody(bytes: Bytes): Promise<Answer['body']> {
	const decoder = new TextDecoder();
	let text = '';
	for await (const piece of bytes as AsyncIterable<Uint8Array>) {
		text += decoder.decode(piece, { stream: true });
		if (text.length > MOST_OTHER_BYTES) break;
	}
	try {
		return JSON.parse(text) as Answer['body'];
	} catch {
		return text;
	}
}

function isUnderWay(body: unknown): boolean {
	const status = isRecord(body) && typeof body.status === 'string' ? body.status.toLowerCase() : '';
	return ['pending', 'queued', 'processing'].includes(status);
}
