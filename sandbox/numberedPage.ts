import type { FastifyRequest } from 'fastify';
import { nestRefusal } from './refusal';

const LARGEST_PAGE = 100;

/** One page of a list whose pages have numbers, beginning with 1, as the faults of the request want it. */
export function numberedPage<T>(all: T[], { query, effect }: FastifyRequest, defaultLimit: number) {
	const { page, limit } = query as Record<string, unknown>;
	const wanted = pageNumber('page', page) ?? 1;
	const size =
		effect.pageSize ??
		Math.min(pageNumber('limit', limit) ?? defaultLimit, LARGEST_PAGE, effect.pageCap ?? Infinity);
	const totalPages = Math.ceil(all.length / size);
	const served = effect.pastEnd ? Math.min(wanted, Math.max(1, totalPages)) : wanted;
	return {
		rows: all.slice((served - 1) * size, served * size),
		total: all.length,
		page: effect.pastEnd === 'lastPageAsWanted' ? wanted : served,
		totalPages,
	};
}

function pageNumber(name: string, text: unknown): number | undefined {
	if (text === undefined) return undefined;
	if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text)) {
		throw nestRefusal(400, [`${name} must be an integer number, 1 or more`]);
	}
	return Number(text);
}
