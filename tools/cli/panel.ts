/** The gateway's panel on a terminal. */

/** Bit of a dot within a braille character (Unicode, chapter 21.1): column by column, the lowest row apart. */
const bits = [
	[0x01, 0x02, 0x04, 0x40],
	[0x08, 0x10, 0x20, 0x80],
] as const;
const blank = 0x2800;

/** Lines of braille characters, of 2 × 4 dots each, for rows of dots that are `#` where one is lit. */
export function drawPanel(rows: readonly string[]): string[] {
	const width = rows[0]?.length ?? 0;
	return Array.from({ length: Math.ceil(rows.length / 4) }, (_, line) =>
		Array.from({ length: Math.ceil(width / 2) }, (_, column) => {
			let code = blank;
			for (const [x, dots] of bits.entries())
				for (const [y, bit] of dots.entries()) if ("#" === rows[4 * line + y]?.[2 * column + x]) code |= bit;
			return String.fromCodePoint(code);
		}).join(""),
	);
}
