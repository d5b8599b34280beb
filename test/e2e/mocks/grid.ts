/** A cell as Google Sheets stores it. Text that was sent must never become a formula. */
export type Cell = string | number | boolean | null | { formula: string };

/** RAW stores a value unchanged; USER_ENTERED interprets it as if a user had typed it into the sheet. */
export type ValueInput = 'RAW' | 'USER_ENTERED';

/** FORMATTED_VALUE reads every cell as the text that the sheet shows; UNFORMATTED_VALUE leaves numbers and booleans. */
export type ValueRender = 'FORMATTED_VALUE' | 'UNFORMATTED_VALUE';

/** Thrown if Google responds with 400. */
export class GridError extends Error {}

/**
 * One sheet (tab) of a spreadsheet, of a fixed size until something is appended.
 * Sources: Google's guide “Read & write cell values” and its reference of spreadsheets.values.
 */
export class Grid {
	/** Rows of cells; empty cells are null, and there are none at the ends. */
	readonly cells: Cell[][] = [];

	/** The default size is that of a new sheet in Google. */
	constructor(
		readonly title: string,
		public rowCount = 1000,
		readonly columnCount = 26,
	) {}

	/** Like values.get: empty cells are empty text, and left out at the ends. */
	read({ firstRow, lastRow }: Area, render: ValueRender): Array<Array<string | number | boolean>> {
		const rendered = render === 'FORMATTED_VALUE' ? formatted : unformatted;
		return this.cells.slice(firstRow - 1, lastRow).map((row) => row.map(rendered));
	}

	write({ text, firstRow, lastRow, firstColumn, lastColumn }: Area, values: unknown[][], input: ValueInput) {
		if (firstRow > this.rowCount || firstColumn > this.columnCount) {
			const limits = `Max rows: ${this.rowCount}, max columns: ${this.columnCount}`;
			throw new GridError(`Range (${text}) exceeds grid limits. ${limits}`);
		}
		const width = Math.max(0, ...values.map((row) => row.length));
		if (firstRow + values.length - 1 > lastRow || firstColumn + width - 1 > lastColumn) {
			throw new GridError(`Requested writing within range [${text}], but tried writing outside of it.`);
		}
		this.put(firstRow, firstColumn, values, input);
	}

	/** Writes below the last row of the table in the area, or at the start of the area if there is no table. */
	append({ firstRow, lastRow, firstColumn }: Area, values: unknown[][], input: ValueInput) {
		let row = Math.min(lastRow, this.cells.length);
		while (row >= firstRow && !this.isFilled(row)) row -= 1;
		if (row < firstRow) row = firstRow;
		while (this.isFilled(row)) row += 1;
		this.put(row, firstColumn, values, input);
	}

	private isFilled(row: number): boolean {
		return (this.cells[row - 1] ?? []).length > 0;
	}

	private put(firstRow: number, firstColumn: number, values: unknown[][], input: ValueInput) {
		for (const [index, newRow] of values.entries()) {
			const at = firstRow - 1 + index;
			while (this.cells.length <= at) this.cells.push([]);
			const row = this.cells[at];
			for (const [offset, value] of newRow.entries()) {
				// With null, Google does not change a cell; with empty text, it empties the cell.
				if (value === null) continue;
				const column = firstColumn - 1 + offset;
				while (row.length <= column) row.push(null);
				row[column] = entered(value, input);
			}
			while (row.at(-1) === null) row.pop();
		}
		while (this.cells.at(-1)?.length === 0) this.cells.pop();
		this.rowCount = Math.max(this.rowCount, this.cells.length);
	}
}

/** The area of a range; rows and columns are counted from 1. */
export interface Area {
	/** The range as it was in the request. */
	text: string;
	firstRow: number;
	lastRow: number;
	firstColumn: number;
	lastColumn: number;
}

/** Reads an A1 range of the sheet: 'Title', Title!2:251 or Title!C5. n8n's node uses no others. */
export function area(text: string, title: string): Area {
	const all = { text, firstRow: 1, lastRow: Infinity, firstColumn: 1, lastColumn: Infinity };
	if (text === `'${title}'`) return all;
	const cells = text.startsWith(`${title}!`) ? text.slice(title.length + 1) : '';
	const rows = /^(\d+):(\d+)$/.exec(cells);
	if (rows) return { ...all, firstRow: Number(rows[1]), lastRow: Number(rows[2]) };
	const cell = /^([A-Z]+)(\d+)$/.exec(cells);
	if (!cell) throw new GridError(`Unable to parse range: ${text}`);
	const column = [...cell[1]].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);
	const row = Number(cell[2]);
	return { text, firstRow: row, lastRow: row, firstColumn: column, lastColumn: column };
}

function entered(value: unknown, input: ValueInput): Cell {
	if (typeof value === 'number' || typeof value === 'boolean') return value;
	if (typeof value !== 'string') throw new GridError(`Invalid value: ${JSON.stringify(value)}`);
	if (value === '') return null;
	if (input === 'RAW') return value;
	if (value.startsWith('=')) return { formula: value };
	if (DATE.test(value)) return daysSince1900(value);
	return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** Google has more forms of dates, which depend on the country of the spreadsheet. */
const DATE = /^\d{4}-\d\d-\d\d( \d\d:\d\d)?$/;

/** A date is stored as a number of days. */
function daysSince1900(date: string): number {
	return Date.parse(`${date.replace(' ', 'T').padEnd(16, 'T00:00')}Z`) / 86_400_000 + 25_569;
}

function unformatted(cell: Cell): string | number | boolean {
	return typeof cell === 'number' || typeof cell === 'boolean' ? cell : formatted(cell);
}

function formatted(cell: Cell): string {
	if (cell === null) return '';
	return typeof cell === 'object' ? `(result of ${cell.formula})` : String(cell);
}
