import { asRecord, isRecord, isUrlCount, MOST_URLS } from '../fields';
import { nestRefusal } from '../refusal';
import { normalizedAddress } from './address';

export const GENERATION_METHODS = ['simple', 'enhanced'] as const;

export interface GenerationOptions {
	maxUrls: number;
	generationMethod: (typeof GENERATION_METHODS)[number];
	showFullText: boolean;
}

/** What a generation uses where a request says nothing. Not documented; 25 is in an example of the API reference. */
export const DEFAULT_OPTIONS: GenerationOptions = {
	maxUrls: 25,
	generationMethod: 'simple',
	showFullText: false,
};

export interface GenerationRequest {
	/** Normalized. */
	url: string;
	options: GenerationOptions;
}

/** Reads the body of POST /generate; unknown fields are ignored. Throws a refusal that names every invalid field. */
export function readGenerationRequest(body: unknown): GenerationRequest {
	const { url, options = {} } = asRecord(body);
	const { maxUrls, generationMethod, showFullText } = { ...DEFAULT_OPTIONS, ...asRecord(options) };
	const address = normalizedAddress(url);
	const complaints = [
		address === undefined && 'url must be a URL address with http or https',
		!isRecord(options) && 'options must be an object',
		!isUrlCount(maxUrls) && `options.maxUrls must be an integer number from 1 to ${MOST_URLS}`,
		!GENERATION_METHODS.includes(generationMethod) &&
			`options.generationMethod must be one of the following values: ${GENERATION_METHODS.join(', ')}`,
		typeof showFullText !== 'boolean' && 'options.showFullText must be a boolean value',
	].filter((complaint) => complaint !== false);
	if (address === undefined || complaints.length > 0) throw nestRefusal(400, complaints);
	return { url: address, options: { maxUrls, generationMethod, showFullText } };
}

/** Credits for one generation: 1 a URL with `simple`, 2 with `enhanced`, and 1 more with the full text. */
export function priceOf({ generationMethod, showFullText }: GenerationOptions, urls: number): number {
	return urls * ((generationMethod === 'enhanced' ? 2 : 1) + Number(showFullText));
}
