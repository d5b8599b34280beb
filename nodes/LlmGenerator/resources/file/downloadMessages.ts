import type { ExecutionBaseError } from 'n8n-workflow';
import { hasEnded, type Site } from '../../sites/site';
import type { Parameters } from '../../parameters';

/** Site and file of a message. */
interface Asked {
	fullText: boolean;
	isTool: boolean;
}

/** The answers with which a server says that there is no such file, or not yet. */
const MISSING = ['404', '409', '410', '425'];

/**
 * An older file of a site is never taken for the one that is being generated, or that could not be.
 *
 * @throws NodeOperationError if there is no file of the site's latest generation
 */
export function unlessReady(site: Site, fullText: boolean, parameters: Parameters): void {
	const { url, fullTextUrl, status } = site;
	const happened = `The file of ${url} is not there`;
	if (!hasEnded(site)) {
		const advice =
			'Let Generate wait for it (Wait for Completion), start the workflow with the trigger File Generated, or run this again later';
		throw named(
			parameters.rejection(`${happened} yet: it is being generated (status “${status}”). ${advice}.`),
			site,
		);
	}
	if (status === 'failed') {
		const advice =
			'Look at the site in the LLM Generator dashboard, then use Generate to make the file again';
		throw named(parameters.rejection(`${happened}: its latest generation failed. ${advice}.`), site);
	}
	if (fullText && fullTextUrl === null) {
		const advice = 'Use Generate with the option "Show Full Text" to make it, or turn off "Full Text"';
		const words = `The file of ${url} was generated without the full text, so there is no llms-full.txt`;
		throw named(parameters.rejection(`${words}. ${advice}.`), site);
	}
}

/** What is said of a file that the site should have, and that the server does not find. */
export function missing(
	failure: Error & { httpCode?: string | null },
	{ url }: Site,
	parameters: Parameters,
): Error {
	if (!MISSING.includes(failure.httpCode ?? '')) return failure;
	const happened = `The file of ${url} is not there yet, although LLM Generator says that its generation is completed (status ${failure.httpCode})`;
	const advice = 'Run this again in a minute. If this keeps happening, use Generate to make the file again';
	return parameters.rejection(`${happened}. ${advice}.`);
}

export function tooLong({ url }: Site, mostBytes: number, { isTool, fullText }: Asked): string {
	if (!isTool) {
		return `The file of ${url} is larger than ${mostBytes / 1_000_000} MB, which is the most that comes out as text. Set "Output As" to File.`;
	}
	const advice = fullText
		? 'Download it without "Full Text"'
		: 'Download it in a step of the workflow instead';
	return `The file of ${url} is larger than ${mostBytes / 1000} kB, which is too much for an AI model to read. ${advice}.`;
}

export function notStored({ url }: Site, words: string): string {
	return `The file of ${url} arrived, but this n8n could not store it: “${words}”. Ask whoever runs this n8n to check the space and the settings of its binary data.`;
}

/** The same error, with the site that it is about. */
export function named(failure: Error, { id }: Site): Error {
	const { context } = failure as ExecutionBaseError & { context?: Record<string, unknown> };
	if (context) context.job ??= { siteId: id };
	return failure;
}
