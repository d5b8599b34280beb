import S3rver from '@20minutes/s3rver';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credential } from '../../../demo/n8nApi';

/** A request of n8n, as S3's documentation writes it, e.g. “PUT /bucket/llms.txt”. */
type RequestLine = string;

/** A real server with the API of Amazon S3 and Cloudflare R2. It checks signatures; everybody may read, as on a website. */
export interface S3Server {
	/** For n8n's S3 node. */
	credential: Credential;
	/** E.g. http://127.0.0.1:4568 */
	origin: string;
	/** The requests since the last `clear`, without those for a bucket's region, which n8n sends before each. */
	requests: RequestLine[];
	/** Fails the next requests that match, one status for each, e.g. /^PUT/ with 503. */
	failNext(request: RegExp, ...statuses: number[]): void;
	/** Removes all failures, and makes this bucket new and empty. */
	reset(bucket: string): Promise<void>;
	close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startS3Server(): Promise<S3Server> {
	const directory = await mkdtemp(join(tmpdir(), 'llmgenerator-s3-'));
	const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory });
	const requests: RequestLine[] = [];
	const failures: Array<{ request: RegExp; status: number }> = [];
	server.middleware.unshift(async (context, next) => {
		if (context.querystring === 'location=') return next();
		const line = `${context.method} ${context.path}`;
		requests.push(line);
		const index = failures.findIndex(({ request }) => request.test(line));
		if (index === -1) return next();
		const [{ status }] = failures.splice(index, 1);
		context.status = status;
		context.type = 'application/xml';
		context.body = `<Error><Code>${CODES[status]}</Code><Message>${MESSAGES[status]}</Message></Error>`;
	});
	const { port } = await server.run();
	const origin = `http://127.0.0.1:${port}`;
	return {
		credential: { name: 'S3 server', type: 's3', data: { ...ACCESS, endpoint: origin } },
		origin,
		requests,
		failNext: (request, ...statuses) => failures.push(...statuses.map((status) => ({ request, status }))),
		async reset(bucket) {
			requests.length = 0;
			failures.length = 0;
			await rm(join(directory, bucket), { recursive: true, force: true });
			await server.store.putBucket(bucket);
		},
		async close() {
			server.httpServer.closeAllConnections();
			await server.close();
			await rm(directory, { recursive: true, force: true });
		},
	};
}

/** The account that the server knows. */
const ACCESS = {
	region: 'us-east-1',
	accessKeyId: 'S3RVER',
	secretAccessKey: 'S3RVER',
	forcePathStyle: true,
	ignoreSSLIssues: false,
};

const CODES: Record<number, string> = { 403: 'AccessDenied', 500: 'InternalError', 503: 'SlowDown' };
const MESSAGES: Record<number, string> = {
	403: 'Access Denied',
	500: 'We encountered an internal error. Please try again.',
	503: 'Please reduce your request rate.',
};
