// `npm start` comes here first. This file keeps to words that any Node with modules understands, so that one which is
// too old gets a sentence and no SyntaxError. Everything else is in setUp.mjs.
import process from 'process';

const OLDEST_NODE = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
	process.stderr.write(
		'The demo needs Node.js ' +
			OLDEST_NODE +
			' or newer, and this is Node.js ' +
			process.versions.node +
			'.\n' +
			'Get a current one from https://nodejs.org, then run npm start again.\n',
	);
	process.exitCode = 1;
} else {
	void import('./setUp.mjs');
}
