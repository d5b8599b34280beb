import type { Credential } from '../../../demo/n8nApi';
import { area, Grid, GridError, type Cell, type ValueInput, type ValueRender } from './grid';
import type { MockedResponse, MockedRequest, HttpsProxy } from './httpsProxy';

/** A mock of Google: an account with one spreadsheet that has one sheet (tab). Both are in its lists. */
export interface GoogleSheetsMock {
	/** The credential of n8n's Google Sheets node, as it is after a user has logged in. */
	credential: Credential;
	/** The address of the spreadsheet, as a user copies it from the browser. */
	link: string;
	/** The ID of the sheet, which is the end of its address: #gid=… */
	sheetId: number;
	/** The cells of the sheet, header row first. A test may change them, as a user who edits the sheet does. */
	readonly cells: Cell[][];
	/** The calls of n8n, by the names in Google's reference, e.g. values.append. */
	calls: string[];
	/** Creates a new sheet, empty or with these rows, and clears `calls`. */
	reset(rows?: Cell[][]): void;
	/** Rejects the next writes, one for each of these. */
	rejectNext(...rejections: Rejection[]): void;
	/** Rejects the next reads of cells in the same way. */
	rejectNextRead(...rejections: Rejection[]): void;
	/** Does something just before the next write, like a user who writes at the same time. */
	meanwhile(doIt: () => void): void;
	/** Makes the login expire, as it does every hour. */
	expireLogin(): void;
}

export interface Rejection {
	status: 429 | 503;
	/** Whether Google has written the rows anyway. */
	written?: boolean;
}

/** @param title the name of the sheet (tab) */
export async function mockGoogleSheets(proxy: HttpsProxy, title: string): Promise<GoogleSheetsMock> {
	let grid = new Grid(title);
	let logins = 1;
	let meanwhile: (() => void) | undefined;
	const rejections: Rejection[] = [];
	const readRejections: Rejection[] = [];
	const calls: string[] = [];

	const write = (doIt: () => void): MockedResponse => {
		meanwhile?.();
		meanwhile = undefined;
		const rejection = rejections.shift();
		if (!rejection || rejection.written) doIt();
		return rejection ? rejected(rejection.status, 'Try again later.') : ok({ spreadsheetId: ID });
	};
	const endpoints: Endpoint[] = [
		['spreadsheets.get', /^GET $/, () => ok({ sheets: [{ properties: propertiesOf(grid) }] })],
		[
			'values.get',
			/^GET \/values\/([^/:]+(?:![^/]+)?)$/,
			({ query }, range) => {
				const rejection = readRejections.shift();
				if (rejection) return rejected(rejection.status, 'Try again later.');
				const values = grid.read(area(range, title), renderOf(query));
				return ok({ range, majorDimension: 'ROWS', ...withValues(values) });
			},
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

	const ifLoggedIn = (token: string | undefined, answer: () => MockedResponse) =>
		token === accessToken(logins) ? answer() : rejected(401, 'Invalid Credentials');

	await proxy.mockHost('sheets.googleapis.com', (request) => {
		const [, path] = new RegExp(`^/v4/spreadsheets/${ID}(.*)$`).exec(request.path) ?? [];
		const call = `${request.method} ${path}`;
		const endpoint = endpoints.find(([, form]) => form.test(call));
		if (!endpoint) return undefined;
		const [name, form, answer] = endpoint;
		calls.push(name);
		const range = decodeURIComponent(form.exec(call)?.[1] ?? '');
		return ifLoggedIn(request.token, () => gridResponse(() => answer(request, range)));
	});
	await proxy.mockHost('www.googleapis.com', ({ method, path, token }) => {
		if (`${method} ${path}` !== 'GET /drive/v3/files') return undefined;
		return ifLoggedIn(token, () => ok({ files: [{ id: ID, name: 'Accounts', webViewLink: LINK }] }));
	});
	await proxy.mockHost('oauth2.googleapis.com', ({ method, path, text }) => {
		if (`${method} ${path}` !== 'POST /token') return undefined;
		calls.push('token');
		const form = new URLSearchParams(text);
		const isRight = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === REFRESH_TOKEN;
		return isRight ? ok(login(logins)) : { status: 400, json: { error: 'invalid_grant' } };
	});

	return {
		credential: {
			name: 'Google Sheets mock',
			type: 'googleSheetsOAuth2Api',
			data: {
				clientId: 'client',
				clientSecret: 'secret',
				oauthTokenData: { ...login(1), refresh_token: REFRESH_TOKEN },
			},
		},
		link: LINK,
		sheetId: SHEET_ID,
		get cells() {
			return grid.cells;
		},
		calls,
		reset(rows = []) {
			grid = new Grid(title);
			if (rows.length) grid.write(area(`'${title}'`, title), rows, 'RAW');
			calls.length = 0;
		},
		rejectNext: (...more) => void rejections.push(...more),
		rejectNextRead: (...more) => void readRejections.push(...more),
		meanwhile: (doIt) => void (meanwhile = doIt),
		expireLogin: () => void (logins += 1),
	};
}

type Endpoint = [
	name: string,
	form: RegExp,
	answer: (request: MockedRequest, range: string) => MockedResponse,
];

interface BatchUpdate {
	valueInputOption: ValueInput;
	data: Array<{ range: string; values: unknown[][] }>;
}

/** n8n recognizes the ID of a spreadsheet by its length. */
const ID = '1StandInForTheIdOfAGoogleSpreadsheet-0000000';
const SHEET_ID = 1_234_567;
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
	return { sheetId: SHEET_ID, title, sheetType: 'GRID', gridProperties: { rowCount, columnCount } };
}

/** Google leaves `values` out if there are none. */
function withValues(values: unknown[][]) {
	return values.length ? { values } : {};
}

/** Google's default is FORMATTED_VALUE. */
function renderOf(query: URLSearchParams): ValueRender {
	return (query.get('valueRenderOption') ?? 'FORMATTED_VALUE') as ValueRender;
}

function valuesOf({ json }: MockedRequest): unknown[][] {
	return (json as { values: unknown[][] }).values;
}

function inputOf({ query }: MockedRequest): ValueInput {
	return query.get('valueInputOption') as ValueInput;
}

function gridResponse(answer: () => MockedResponse): MockedResponse {
	try {
		return answer();
	} catch (thrown) {
		if (thrown instanceof GridError) return rejected(400, thrown.message);
		throw thrown;
	}
}

function ok(json: object): MockedResponse {
	return { status: 200, json };
}

const STATUS_NAMES: Record<number, string> = {
	400: 'INVALID_ARGUMENT',
	401: 'UNAUTHENTICATED',
	429: 'RESOURCE_EXHAUSTED',
	503: 'UNAVAILABLE',
};

function rejected(code: number, message: string): MockedResponse {
	return { status: code, json: { error: { code, message, status: STATUS_NAMES[code] } } };
}
