import type { Id } from '../shapes';

/** One website of the account. Source: API reference, sites/list, sites/get-details. */
export type Site = {
	id: Id;
	url: string;
	status: string;
	fileUrl?: string | null;
	fullTextUrl?: string | null;
	createdAt?: string;
	updatedAt?: string;
	/** Only where one site is asked for. */
	lastGenerationOptions?: GenerationOptions | null;
};

/** Source: API reference, generation/generate. */
export type GenerationOptions = {
	generationMethod?: 'simple' | 'enhanced';
	maxUrls?: number;
	showFullText?: boolean;
};

/** Every state but these two counts as running: undocumented ones, too. */
export function hasEnded({ status }: { status: string }): boolean {
	return status === 'completed' || status === 'failed';
}

/** The same for "Completed" and "completed". */
export function stateIn(status: string): string {
	return status.trim().toLowerCase();
}

/** The site with its status as it is compared here. */
export function withState(site: Site): Site {
	return { ...site, status: stateIn(site.status) };
}
