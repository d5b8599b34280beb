// `npm start` runs this file first. It only uses syntax that every Node.js with ES modules supports, so that a version
// that is too old shows a clear message and not a SyntaxError. Everything else is in setUp.mjs.
import process from 'process';

const OLDEST_NODE = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
	process.stderr.write(
		'The demo needs Node.js ' +
			OLDEST_NODE +
			' or newer. This is Node.js ' +
			process.versions.node +
			'.\n' +
			'Install a current version from https://nodejs.org, then run npm start again.\n',
	);
	process.exitCode = 1;
} else {
	void import('./setUp.mjs');
}
