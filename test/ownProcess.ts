import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A request of the test process. */
export interface ProcessRequest {
	id: number;
	name: string;
	argument: unknown;
}

/** The response to it. */
export type ProcessResponse = { id: number; result: unknown } | { id: number; error: string };

/**
 * A separate process that starts what a test needs, and stops it again. Its script calls `serveTests` of serveTests.mts.
 * When the channel between the two processes closes, it stops, so nothing is left running if the test process is killed.
 */
export class OwnProcess {
	private readonly child: ChildProcess;
	private readonly exited: Promise<unknown>;
	private nextId = 0;

	/** @param script the path of an .mts file */
	constructor(private readonly script: string) {
		this.child = spawn(process.execPath, ['--import', 'tsx', script], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			// Jest gives each test file a process.env of its own.
			env: process.env,
		});
		this.exited = once(this.child, 'exit');
	}

	/** Sends a request and returns the result; rejects with the message of what failed. */
	async request<T>(name: string, argument?: object): Promise<T> {
		const id = this.nextId++;
		const response = this.responseTo(id);
		this.child.send({ id, name, argument } satisfies ProcessRequest);
		const settled = await Promise.race([
			response,
			this.exited.then(() => ({ error: `${this.script} exited unexpectedly.` })),
		]);
		if ('error' in settled) throw new Error(settled.error);
		return settled.result as T;
	}

	/** Makes it stop everything that it started, and waits until it has exited. */
	async stop(): Promise<void> {
		if (this.child.connected) this.child.disconnect();
		await this.exited;
	}

	private async responseTo(id: number): Promise<ProcessResponse> {
		return new Promise((resolve) => {
			const listen = (response: ProcessResponse) => {
				if (response.id !== id) return;
				this.child.off('message', listen);
				resolve(response);
			};
			this.child.on('message', listen);
		});
	}
}
