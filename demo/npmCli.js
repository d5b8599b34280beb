// The npm that runs this, or else the one that came with Node.js. On Windows, the command “npm” is a script that only a shell
// can start; this file can be started everywhere, by node, and with any characters in its arguments.
const path = require('node:path');
const process = require('node:process');

const WITH_NODE = process.platform === 'win32' ? 'node_modules' : '../lib/node_modules';

const { npm_execpath: running = '' } = process.env;

/** @type {string} */
module.exports = /np[mx]-cli\.js$/.test(running)
	? path.join(path.dirname(running), 'npm-cli.js')
	: path.join(path.dirname(process.execPath), WITH_NODE, 'npm/bin/npm-cli.js');
