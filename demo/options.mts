import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL } from './installN8n.mjs';
import { UserError } from './stopping.mjs';

const USAGE = `  npm start -- [options]

  --port 5678           where n8n listens (0: any free port)
  --sandbox-port 4010   where the sandbox listens (0: any free port)
  --home .local/demo    the folder where n8n stores its data
  --json                prints one line of JSON when ready, for programs`;

export interface DemoOptions {
	port: number;
	sandboxPort: number;
	home: string;
	json: boolean;
}

/** Reads the command line; stops with the usage if it is not valid. */
export function readOptions(args: string[]): DemoOptions {
	const values = parse(args);
	return {
		port: readPort('--port', values.port),
		sandboxPort: readPort('--sandbox-port', values['sandbox-port']),
		home: resolve(values.home),
		json: values.json,
	};
}

function parse(args: string[]) {
	try {
		return parseArgs({
			args,
			options: {
				port: { type: 'string', default: '5678' },
				'sandbox-port': { type: 'string', default: '4010' },
				home: { type: 'string', default: join(LOCAL, 'demo') },
				json: { type: 'boolean', default: false },
			},
		}).values;
	} catch {
		throw new UserError(
			`The options “${args.join(' ')}” are not valid. These are the options of the demo:\n\n${USAGE}`,
		);
	}
}

function readPort(option: string, text: string): number {
	const port = Number(text);
	if (/^\d+$/.test(text) && port <= 65_535) return port;
	throw new UserError(`“${option} ${text}” is not a valid port. Use a whole number from 0 to 65535.`);
}
