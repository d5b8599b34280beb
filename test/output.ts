import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a program prints until it has exited, and its exit code: null if a signal ended it. */
export async function outputOf(program: ChildProcess): Promise<{ code: number | null; output: string }> {
	let output = '';
	for (const stream of [program.stdout, program.stderr]) {
		stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
	}
	const [code] = (await once(program, 'close')) as [number | null];
	return { code, output };
}
