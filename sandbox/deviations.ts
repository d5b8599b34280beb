import type { FaultEffect } from './faults';
import type { SandboxState } from './state';
import { websiteAt } from './generation/website';

type Fields = Record<string, unknown>;

const LISTS = ['transactions', 'sites', 'urls'];
const TIMES = [
	'createdAt',
	'updatedAt',
	'completedAt',
	'lastModified',
	'estimatedCompletion',
	'currentPeriodStart',
	'currentPeriodEnd',
];
/** What lists say about themselves. */
const SAID = ['total', 'hasMore', 'page', 'totalPages'] as const;
const IDS = ['id', 'jobId', 'siteId', 'discoveryId'];

/** The response as the effect wants it: correct JSON, but not what the API reference says. */
export function deviating(answer: object, effect: FaultEffect, state: SandboxState): object {
	const { dropRowId, clockSkewMs = 0, numericIds, olderShape } = effect;
	let fields = listAs(effect, answer as Fields);
	if (dropRowId && 'transactions' in fields) fields = inRecords(fields, (row) => without(row, ['id']));
	if (olderShape && 'completedAt' in fields && 'options' in fields) fields = inOlderShape(fields);
	if (clockSkewMs !== 0) fields = replaceIn(fields, TIMES, (time) => skewed(time, clockSkewMs)) as Fields;
	if (numericIds) fields = replaceIn(fields, IDS, (id) => numberFor(id, state)) as Fields;
	const { omit, rename, set } = effect;
	if (!omit && !rename && !set) return fields;
	return inRecords(fields, (record) => renamed(without(record, omit), effect));
}

/** A list without rows, or with other words about itself, if the effect wants it. Other responses stay as they are. */
function listAs(effect: FaultEffect, fields: Fields): Fields {
	const list = listIn(fields);
	if (list === undefined) return fields;
	const said = SAID.filter((name) => effect[name] !== undefined && name in fields);
	return {
		...fields,
		...(effect.emptyPage && { [list]: [] }),
		...Object.fromEntries(said.map((name) => [name, effect[name] === 'omit' ? undefined : effect[name]])),
	};
}

function listIn(fields: Fields): string | undefined {
	return LISTS.find((name) => Array.isArray(fields[name]));
}

/** Changes each object of the list, or the object itself if it contains no list. */
function inRecords(fields: Fields, change: (record: Fields) => Fields): Fields {
	const list = listIn(fields);
	return list === undefined ? change(fields) : { ...fields, [list]: (fields[list] as Fields[]).map(change) };
}

/** The record without these fields. */
export function without(record: object, omitted: string[] = []): Fields {
	return Object.fromEntries(Object.entries(record).filter(([name]) => !omitted.includes(name)));
}

function renamed(record: Fields, { rename = {}, set }: FaultEffect): Fields {
	const entries = Object.entries(record).map(([name, value]) => [rename[name] ?? name, value] as const);
	return { ...Object.fromEntries(entries), ...set };
}

/** Replaces all fields with these names, however deep. */
function replaceIn(value: unknown, names: string[], replace: (value: unknown) => unknown): unknown {
	if (Array.isArray(value)) return value.map((element) => replaceIn(element, names, replace));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, field]) => [
			name,
			names.includes(name) ? replace(field) : replaceIn(field, names, replace),
		]),
	);
}

function skewed(time: unknown, ms: number): unknown {
	return typeof time === 'string' ? new Date(Date.parse(time) + ms).toISOString() : time;
}

function numberFor(id: unknown, { jobs, discoveries, sites }: SandboxState): unknown {
	if (typeof id !== 'string') return id;
	return (jobs.find(id) ?? discoveries.find(id) ?? sites.find(id))?.number ?? id;
}

/** Source: API reference, generation/get-status, the version that calls generation synchronous. */
function inOlderShape({ id, status, progress, url, createdAt, completedAt, fileUrl, error }: Fields): Fields {
	const seconds = (time: unknown) => (typeof time === 'string' ? time.replace(/\.\d+Z$/, 'Z') : time);
	return {
		id,
		status,
		progress,
		url,
		createdAt: seconds(createdAt),
		completedAt: seconds(completedAt),
		fileUrl,
		error,
		processedUrls: websiteAt(String(url)).pages.map((page) => page.url),
	};
}
