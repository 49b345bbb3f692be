/** A row of the file that could not be used. */
export interface RowProblem {
	/** Counted from 1. */
	readonly line: number;
	readonly reason: string;
}

export interface Recordings {
	/** Each one samples × 6: aX, aY, aZ in g, gX, gY, gZ in °/s. */
	readonly recordings: readonly Float32Array[];
	readonly problems: readonly RowProblem[];
}

const channels = 6;
const header = "aX,aY,aZ,gX,gY,gZ";

/**
 * Reads recordings as Arduino's IMU capture sketches print them: a header line, rows of six numbers in g and °/s, a
 * blank line between recordings. A malformed row is left out and reported; nothing is guessed.
 */
export function readArduino(text: string): Recordings {
	const recordings: Float32Array[] = [];
	const problems: RowProblem[] = [];
	let rows: number[] = [];
	const finish = () => {
		if (rows.length) recordings.push(Float32Array.from(rows));
		rows = [];
	};
	const lines = text.split(/\r\n|\n|\r/);
	for (let index = 0; index < lines.length; index++) {
		const line = lines[index]!.trim();
		if ("" === line) {
			finish();
			continue;
		}
		if (header === line.replaceAll(" ", "")) continue;
		const fields = line.split(",");
		const reason = rowProblem(fields);
		if (reason) problems.push({ line: index + 1, reason });
		else for (const field of fields) rows.push(Number(field));
	}
	finish();
	return { recordings, problems };
}

function rowProblem(fields: readonly string[]): string | undefined {
	if (channels !== fields.length)
		return `${fields.length} field${1 === fields.length ? "" : "s"} where ${header} are expected`;
	for (const field of fields)
		if ("" === field.trim() || !Number.isFinite(Math.fround(Number(field))))
			return `"${field.slice(0, 20)}" is not a number`;
	return;
}
