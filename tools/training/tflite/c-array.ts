/** A model as a C header, for those who compile it into their firmware. */

import { encodeText } from "common/text";
import { cardEntry } from "../card";
import { type CodeSizes, implementations } from "./code-size";
import { cardLines, parsedCard } from "./describe";
import { readModel } from "./reader";
import { count } from "./table";

/** Bytes to which the array is aligned: TensorFlow Lite Micro wants 16, the engine 4. */
const alignment = 16;
const bytesPerLine = 24;

/**
 * The header's text: the file as an array, its length, its labels where the card has some, and the engine's operators
 * that it needs. `name` is what its names begin with. Throws `ModelFormatError` when the bytes are no model.
 */
export function cArray(file: Uint8Array, options: { name: string; digest: string; sizes: CodeSizes }): string {
	const { digest, sizes } = options;
	const model = readModel(file);
	const card = model.metadata.find(({ name }) => name === cardEntry)?.data;
	const name = identifier(options.name);
	const capitals = name.toUpperCase();
	const place = `${capitals}_MODEL_PLACE`;
	const labels = card ? labelsOf(parsedCard(card)) : [];
	const operators = [...implementations(sizes, model)].sort().map((operator) => `&engine_${operator}`);
	return [
		"/*",
		` * ${count(file.length)} bytes of model, SHA-256 ${digest}`,
		...(card ? [" *", ...cardLines(card).map((line) => ` * ${commentText(line)}`.trimEnd())] : []),
		" */",
		`#ifndef ${capitals}_MODEL_H`,
		`#define ${capitals}_MODEL_H`,
		"",
		"#include <stdint.h>",
		"",
		`#define ${capitals}_MODEL_SIZE ${file.length}u`,
		"",
		"/* For the engine's table: static const engine_operator *const operators[] = {…}. No others are linked. */",
		`#define ${capitals}_MODEL_OPERATORS ${operators.join(", ")}`,
		`#define ${capitals}_MODEL_OPERATOR_COUNT ${operators.length}u`,
		"",
		"/* Where it goes besides: PROGMEM on the ESP8266, whose constants take memory otherwise. */",
		`#ifndef ${place}`,
		`#define ${place}`,
		"#endif",
		"",
		"#if defined(__GNUC__)",
		`#define ${capitals}_MODEL_ALIGNED __attribute__((aligned(${alignment})))`,
		"#elif defined(__cplusplus)",
		`#define ${capitals}_MODEL_ALIGNED alignas(${alignment})`,
		"#else",
		`#define ${capitals}_MODEL_ALIGNED _Alignas(${alignment})`,
		"#endif",
		"",
		...(labels.length > 0
			? [
					`#define ${capitals}_LABEL_COUNT ${labels.length}u`,
					`static const char *const ${name}_labels[] = {${labels.map(stringLiteral).join(", ")}};`,
					"",
				]
			: []),
		`${capitals}_MODEL_ALIGNED static const uint8_t ${name}_model[${capitals}_MODEL_SIZE] ${place} = {`,
		...byteLines(file),
		"};",
		"",
		"#endif",
		"",
	].join("\n");
}

/** What a C name may be: letters, digits and underscores, beginning with a letter. */
function identifier(text: string): string {
	const plain = text.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
	return /^[A-Za-z]/.test(plain) ? plain : `model_${plain}`.replace(/_$/, "");
}

/** The end of the comment cannot be within it, nor what a compiler takes for another one. */
function commentText(text: string): string {
	return text.replace(/\*\//g, "* /").replace(/\/\*/g, "/ *");
}

function labelsOf(card: unknown): string[] {
	const labels = card !== null && typeof card === "object" && "labels" in card ? card.labels : undefined;
	return Array.isArray(labels) && labels.every((label) => typeof label === "string") ? labels : [];
}

/** In UTF-8, with all that is not plain as octal numbers, of which a following digit is no part. */
function stringLiteral(text: string): string {
	const plain = /[A-Za-z0-9 _.,:;+()=<>!-]/;
	const characters = Array.from(encodeText(text), (byte) => {
		const character = String.fromCharCode(byte);
		return plain.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
	});
	return `"${characters.join("")}"`;
}

function byteLines(file: Uint8Array): string[] {
	const lines: string[] = [];
	for (let at = 0; at < file.length; at += bytesPerLine) {
		lines.push(`\t${Array.from(file.subarray(at, at + bytesPerLine), (byte) => `${byte},`).join(" ")}`);
	}
	return lines;
}
