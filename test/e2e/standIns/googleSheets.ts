import type { Credential } from '../../../demo/n8nApi';
import { area, Grid, GridError, type Cell, type ValueInput } from './grid';
import type { Answer, Asked, HttpsProxy } from './httpsProxy';

/** Stands in for Google: an account with one spreadsheet that has one sheet (tab), to be found in its lists. */
export interface GoogleSheetsStandIn {
	/** What n8n's Google Sheets node logs in with, as it is after a person has logged in. */
	credential: Credential;
	/** What the sheet holds, the header row first. May be changed, as a person does who edits it. */
	readonly cells: Cell[][];
	/** What n8n asked for, by the names in Google's reference, e.g. values.append. */
	asked: string[];
	/** Makes the sheet new, empty or with these rows, and forgets what was asked. */
	reset(rows?: Cell[][]): void;
	/** The next writes are refused, one each. */
	refuseNext(...refusals: Refusal[]): void;
	/** Does something just before the next write, as somebody else who writes at the same time. */
	meanwhile(doIt: () => void): void;
	/** Lets the login run out, as it does every hour. */
	expireLogin(): void;
}

export interface Refusal {
	status: 429 | 503;
	/** Whether Google had done it nevertheless. */
	written?: boolean;
}

/** @param title the name of the sheet (tab) */
export async function standInForGoogleSheets(proxy: HttpsProxy, title: string): Promise<GoogleSheetsStandIn> {
	let grid = new Grid(title);
	let logins = 1;
	let meanwhile: (() => void) | undefined;
	const refusals: Refusal[] = [];
	const asked: string[] = [];

	const write = (doIt: () => void): Answer => {
		meanwhile?.();
		meanwhile = undefined;
		const refusal = refusals.shift();
		if (!refusal || refusal.written) doIt();
		return refusal ? refused(refusal.status, 'Try again later.') : ok({ spreadsheetId: ID });
	};
	const endpoints: Endpoint[] = [
		['spreadsheets.get', /^GET $/, () => ok({ sheets: [{ properties: propertiesOf(grid) }] })],
		[
			'values.get',
			/^GET \/values\/([^/:]+(?:![^/]+)?)$/,
			(_asked, range) => ok({ range, majorDimension: 'ROWS', ...withValues(grid.read(area(range, title))) }),
		],
		[
			'values.append',
			/^POST \/values\/(.+):append$/,
			(request, range) => write(() => grid.append(area(range, title), valuesOf(request), inputOf(request))),
		],
		[
			'values.update',
			/^PUT \/values\/(.+)$/,
			(request, range) => write(() => grid.write(area(range, title), valuesOf(request), inputOf(request))),
		],
		[
			'values.batchUpdate',
			/^POST \/values:batchUpdate$/,
			({ json }) => {
				const { data, valueInputOption } = json as BatchUpdate;
				return write(() => {
					for (const { range, values } of data) grid.write(area(range, title), values, valueInputOption);
				});
			},
		],
	];

	const ifLoggedIn = (token: string | undefined, answer: () => Answer) =>
		token === accessToken(logins) ? answer() : refused(401, 'Invalid Credentials');

	await proxy.standInFor('sheets.googleapis.com', (request) => {
		const [, path] = new RegExp(`^/v4/spreadsheets/${ID}(.*)$`).exec(request.path) ?? [];
		const call = `${request.method} ${path}`;
		const endpoint = endpoints.find(([, form]) => form.test(call));
		if (!endpoint) return undefined;
		const [name, form, answer] = endpoint;
		asked.push(name);
		const range = decodeURIComponent(form.exec(call)?.[1] ?? '');
		return ifLoggedIn(request.token, () => whatGridSays(() => answer(request, range)));
	});
	await proxy.standInFor('www.googleapis.com', ({ method, path, token }) => {
		if (`${method} ${path}` !== 'GET /drive/v3/files') return undefined;
		return ifLoggedIn(token, () => ok({ files: [{ id: ID, name: 'Accounts', webViewLink: LINK }] }));
	});
	await proxy.standInFor('oauth2.googleapis.com', ({ method, path, text }) => {
		if (`${method} ${path}` !== 'POST /token') return undefined;
		asked.push('token');
		const form = new URLSearchParams(text);
		const isRight = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === REFRESH_TOKEN;
		return isRight ? ok(login(logins)) : { status: 400, json: { error: 'invalid_grant' } };
	});

	return {
		credential: {
			name: 'Google Sheets stand-in',
			type: 'googleSheetsOAuth2Api',
			data: {
				clientId: 'client',
				clientSecret: 'secret',
				oauthTokenData: { ...login(1), refresh_token: REFRESH_TOKEN },
			},
		},
		get cells() {
			return grid.cells;
		},
		asked,
		reset(rows = []) {
			grid = new Grid(title);
			if (rows.length) grid.write(area(`'${title}'`, title), rows, 'RAW');
			asked.length = 0;
		},
		refuseNext: (...more) => void refusals.push(...more),
		meanwhile: (doIt) => void (meanwhile = doIt),
		expireLogin: () => void (logins += 1),
	};
}

type Endpoint = [name: string, form: RegExp, answer: (asked: Asked, range: string) => Answer];

interface BatchUpdate {
	valueInputOption: ValueInput;
	data: Array<{ range: string; values: unknown[][] }>;
}

/** As long as real ones, by which n8n knows them. */
const ID = '1StandInForTheIdOfAGoogleSpreadsheet-0000000';
const LINK = `https://docs.google.com/spreadsheets/d/${ID}/edit`;
const REFRESH_TOKEN = 'refresh-token';

function accessToken(number: number): string {
	return `access-token-${number}`;
}

function login(number: number) {
	const scope = 'https://www.googleapis.com/auth/spreadsheets';
	return { access_token: accessToken(number), token_type: 'Bearer', expires_in: 3599, scope };
}

function propertiesOf({ title, rowCount, columnCount }: Grid) {
	return { sheetId: 1234567, title, sheetType: 'GRID', gridProperties: { rowCount, columnCount } };
}

/** Google leaves `values` out where there are none. */
function withValues(values: string[][]) {
	return values.length ? { values } : {};
}

function valuesOf({ json }: Asked): unknown[][] {
	return (json as { values: unknown[][] }).values;
}

function inputOf({ query }: Asked): ValueInput {
	return query.get('valueInputOption') as ValueInput;
}

function whatGridSays(answer: () => Answer): Answer {
	try {
		return answer();
	} catch (thrown) {
		if (thrown instanceof GridError) return refused(400, thrown.message);
		throw thrown;
	}
}

function ok(json: object): Answer {
	return { status: 200, json };
}

const STATUS_NAMES: Record<number, string> = {
	400: 'INVALID_ARGUMENT',
	401: 'UNAUTHENTICATED',
	429: 'RESOURCE_EXHAUSTED',
	503: 'UNAVAILABLE',
};

function refused(code: number, message: string): Answer {
	return { status: code, json: { error: { code, message, status: STATUS_NAMES[code] } } };
}
