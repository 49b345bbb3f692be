/** Source maps (ECMA-426), as little as XS needs: XS counts lines only, and takes the last mapping of a line. */

export interface SourceMap {
	readonly version: 3;
	readonly sources: readonly string[];
	readonly names: readonly string[];
	/** One group per generated line, separated by ";". */
	readonly mappings: string;
	readonly sourceRoot?: string;
}

export interface Position {
	/** Index into `sources`. */
	readonly source: number;
	/** From 1. */
	readonly line: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Where each generated line starts in the sources; undefined for a line that comes from nowhere. */
export function lineStarts(mappings: string): (Position | undefined)[] {
	let source = 0;
	let line = 0;
	return mappings.split(";").map((group) => {
		let first: Position | undefined;
		for (const segment of group.split(",")) {
			const fields = decodeSegment(segment);
			if (fields.length < 4) continue;
			source += fields[1]!;
			line += fields[2]!;
			first ??= { source, line: line + 1 };
		}
		return first;
	});
}

/** Mappings that say of each line only where it starts, so that XS names the line on which a statement begins. */
export function keepLineStarts(mappings: string): string {
	let source = 0;
	let line = 0;
	return lineStarts(mappings)
		.map((position) => {
			if (position === undefined) return "";
			const segment = [0, position.source - source, position.line - 1 - line, 0].map(encodeNumber).join("");
			source = position.source;
			line = position.line - 1;
			return segment;
		})
		.join(";");
}

/** Base 64 VLQ: five bits a digit, the lowest first, the sign in the lowest bit of all. */
function decodeSegment(segment: string): number[] {
	const fields: number[] = [];
	let value = 0;
	let shift = 0;
	for (const character of segment) {
		const digit = DIGITS.indexOf(character);
		value |= (digit & 0b11111) << shift;
		shift += 5;
		if (digit & 0b100000) continue;
		fields.push(value & 1 ? -(value >>> 1) : value >>> 1);
		value = 0;
		shift = 0;
	}
	return fields;
}

function encodeNumber(value: number): string {
	let rest = value < 0 ? (-value << 1) | 1 : value << 1;
	let text = "";
	do {
		const digit = rest & 0b11111;
		rest >>>= 5;
		text += DIGITS[rest > 0 ? digit | 0b100000 : digit];
	} while (rest > 0);
	return text;
}
