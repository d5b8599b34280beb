import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What the test process asks for. */
export interface Question {
	id: number;
	what: string;
	about: unknown;
}

/** What is answered to it. */
export type Answer = { id: number; answer: unknown } | { id: number; stopped: string };

/**
 * A process that starts what a test needs, and ends it: its script calls `serveTests` of serveTests.mts. It ends by
 * itself once the channel between the two closes, so nothing is left running where the test process was killed.
 */
export class OwnProcess {
	private readonly child: ChildProcess;
	private readonly ended: Promise<unknown>;
	private asked = 0;

	/** @param script the path of an .mts file */
	constructor(private readonly script: string) {
		this.child = spawn(process.execPath, ['--import', 'tsx', script], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		this.ended = once(this.child, 'exit');
	}

	/** Rejects with what stopped it, in a sentence. */
	async ask<T>(what: string, about?: object): Promise<T> {
		const id = this.asked++;
		const answer = this.answerTo(id);
		this.child.send({ id, what, about } satisfies Question);
		const settled = await Promise.race([
			answer,
			this.ended.then(() => ({ stopped: `${this.script} ended by itself.` })),
		]);
		if ('stopped' in settled) throw new Error(settled.stopped);
		return settled.answer as T;
	}

	/** Lets it end all that it started, and waits for that. */
	async end(): Promise<void> {
		if (this.child.connected) this.child.disconnect();
		await this.ended;
	}

	private async answerTo(id: number): Promise<Answer> {
		return new Promise((resolve) => {
			const listen = (answer: Answer) => {
				if (answer.id !== id) return;
				this.child.off('message', listen);
				resolve(answer);
			};
			this.child.on('message', listen);
		});
	}
}
