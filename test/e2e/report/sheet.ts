import readExcelFile from 'read-excel-file/node';

export type Cell = string | number | boolean | Date | null;

/** The report's sheet: its name, and its blocks with their headings. */
export interface Sheet {
	sheetName: string;
	month: Cell[][];
	days: Cell[][];
	sites: Cell[][];
	transactions: Cell[][];
}

export const HEADINGS = {
	month: ['Month', 'Credits used', 'Credits added', 'Transactions', 'Time zone'],
	days: ['Day', 'Credits used', 'Credits added'],
	sites: ['Site', 'Credits used', 'Credits added', 'Latest description'],
	transactions: ['Date', 'Time', 'Type', 'Credits', 'Site', 'Transaction ID', 'Description'],
};

export async function readSheet(file: Buffer): Promise<Sheet> {
	const sheets = await readExcelFile(file, { trim: false });
	expect(sheets).toHaveLength(1);
	const [{ sheet, data }] = sheets;
	const [month, days, sites, transactions, ...others] = blocksOf(data as Cell[][]);
	expect(others).toEqual([]);
	return { sheetName: sheet, month, days, sites, transactions };
}

/** The blocks between empty columns, each without the empty rows below it. */
function blocksOf(sheet: Cell[][]): Cell[][][] {
	const isEmpty = (cells: Cell[]) => cells.every((cell) => cell === null);
	const gaps = sheet[0].flatMap((_, column) => (isEmpty(sheet.map((row) => row[column])) ? [column] : []));
	const starts = [0, ...gaps.map((gap) => gap + 1)];
	return starts.map((start, index) => {
		const block = sheet.map((row) => row.slice(start, gaps[index]));
		return block.slice(0, block.findLastIndex((row) => !isEmpty(row)) + 1);
	});
}
