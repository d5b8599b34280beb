// Runs the scanner of n8n's marketplace over the sources, and over the package as it is published.
import {
	analyzePackage,
	buildScanConfig,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';
import { ESLint } from 'eslint';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { packInto } from '../packed.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The files that the scanner checks in a package that it has downloaded. */
const PUBLISHED_FILE_PATTERNS = ['**/*.js', 'package.json'];

const target = await mkdtemp(join(tmpdir(), 'llmgenerator-scan-'));
try {
	await scan('the sources', ROOT, SOURCE_FILE_PATTERNS);
	await scan('the package', (await packInto(target)).folder, PUBLISHED_FILE_PATTERNS);
} finally {
	await rm(target, { recursive: true });
}

async function scan(what: string, folder: string, patterns: string[]): Promise<void> {
	const { passed, message, details } = await analyzePackage(folder, patterns);
	const found = (details ?? message ?? '') + (await warnings(folder, patterns));
	console.log(`n8n's scanner over ${what}: ${passed && !found ? 'zero findings' : `\n${found}`}`);
	if (!passed || found) process.exitCode = 1;
}

/** The scanner ignores warnings and does not show them. */
async function warnings(folder: string, patterns: string[]): Promise<string> {
	const eslint = new ESLint({
		cwd: folder,
		allowInlineConfig: false,
		overrideConfigFile: true,
		overrideConfig: await buildScanConfig(),
	});
	const results = await eslint.lintFiles(patterns);
	return (await eslint.loadFormatter('stylish')).format(results.filter(({ errorCount }) => errorCount === 0));
}
