/** The parts of the package that the tests use: it has no types of its own. */
declare module '@20minutes/s3rver' {
	import type { Server } from 'node:http';
	import type { AddressInfo } from 'node:net';

	interface Context {
		method: string;
		path: string;
		querystring: string;
		status: number;
		type: string;
		body: unknown;
	}

	export default class S3rver {
		constructor(options: { address: string; port: number; silent: boolean; directory: string });
		middleware: Array<(context: Context, next: () => Promise<void>) => Promise<void>>;
		store: { putBucket(name: string): Promise<unknown> };
		httpServer: Server;
		run(): Promise<AddressInfo>;
		close(): Promise<void>;
	}
}
