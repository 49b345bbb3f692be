/** Columns of text, each as wide as its widest cell, with the rows' ends trimmed. A cell of a number is aligned right. */
export function alignColumns(rows: readonly (readonly (string | number)[])[]): string[] {
	const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? count(cell) : cell)));
	const columns = Math.max(0, ...cells.map((row) => row.length));
	const widths = Array.from({ length: columns }, (_, i) =>
		cells.reduce((most, row) => Math.max(most, [...(row[i] ?? "")].length), 0),
	);
	return cells.map((row, i) =>
		row
			.map((cell, j) => {
				const space = " ".repeat(widths[j]! - [...cell].length);
				return typeof rows[i]![j] === "number" ? space + cell : cell + space;
			})
			.join("  ")
			.trimEnd(),
	);
}

/** 12,345. */
export function count(value: number): string {
	return value.toLocaleString("en");
}

/** −0.0123, in five digits; whole numbers as they are. */
export function figure(value: number): string {
	const text = Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
	return value < 0 ? text.replace("-", "−") : text;
}

/**
 * A text of someone else's for a terminal: nothing that moves the cursor or turns the direction of writing. Of a longer
 * one the end is left, where the names of converters differ.
 */
export function printable(text: string, longest = 200): string {
	const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
	const characters = [...plain];
	return characters.length <= longest ? plain : `…${characters.slice(1 - longest).join("")}`;
}
