/** What a model file is made of, in words and tables for people. */

import { decodeText, TextError } from "common/text";
import { cardEntry } from "../card";
import { goldenEntry } from "../goldens";
import { customOptionWords } from "./custom-options";
import { enumerations, type Field, type OptionValue, optionTables } from "./options";
import type { FileOperator, FileSubgraph, FileTensor, ModelFile } from "./reader";
import { alignColumns, count, figure, printable } from "./table";

const longestName = 32;
const longestValue = 100;
/** Elements of a list within a line, and lines of a table, that are printed. */
const longestList = 16;
const longestTable = 2048;

/** The whole file as lines of text. `notes` says something of each operator of the first graph. */
export function describeModel(model: ModelFile, size: number, notes: readonly string[] = []): string[] {
	const title = model.description === "" ? "" : `: ${printable(model.description)}`;
	const graphs = model.subgraphs.flatMap((graph, i) => [
		"",
		...(model.subgraphs.length > 1 ? [`graph ${i} ${printable(graph.name)}`.trimEnd(), ""] : []),
		...interfaceLines(graph),
		"",
		...operatorLines(graph, i === 0 ? notes : []),
		"",
		...tensorLines(graph),
	]);
	return [`${count(size)} bytes${title}`, ...graphs, ...metadataLines(model)];
}

/** The operator's name: that of the schema, or its own. */
export function operatorName({ kind, customCode }: FileOperator): string {
	return kind === "CUSTOM" && customCode !== undefined ? printable(customCode, longestName) : kind;
}

/** The options in words; those that are as they are by default are left out. */
export function optionWords(operator: FileOperator): string {
	const { optionsTable, options, customCode = "", customOptions, hasUnknownOptions } = operator;
	const fields = optionsTable === undefined ? {} : optionTables[optionsTable]!.fields;
	const words = Object.entries(fields).flatMap(([name, field]) => {
		const [, pair, side] = /^(.+)(Width|Height)$/.exec(name) ?? [];
		if (pair === undefined) return wordsOf(name, options![name]!, field);
		// In the order of shapes: the height comes first.
		const sizes = [options![`${pair}Height`] as number, options![`${pair}Width`] as number];
		return side === "Width" && !sizes.every((size) => size === 1) ? [`${pair} ${shapeText(sizes)}`] : [];
	});
	if (customOptions) words.push(customOptionWords(customCode, customOptions) ?? `${count(customOptions.length)} bytes`);
	if (hasUnknownOptions) words.push("some that are not known here");
	return words.join(", ");
}

/** "stride width 2", "VALID", "keep dims"; nothing for what a missing field would stand for. */
function wordsOf(name: string, value: OptionValue, [, type, absent]: Field): string[] {
	const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
	switch (type) {
		case "bool":
			return value === (absent ?? false) ? [] : [value ? words : `no ${words}`];
		case "padding":
			return [String(value)];
		case "activation":
			return value === "NONE" ? [] : [String(value)];
		case "int32s":
		case "float32s":
			return [`${words} ${shapeText(value as readonly number[])}`];
		case "text":
			return value === "" ? [] : [`${words} ${printable(value as string, longestName)}`];
		case "tensorType":
			return value === (absent ?? "FLOAT32") ? [] : [`${words} ${String(value).toLowerCase()}`];
		case "int32":
		case "int64":
		case "float32":
			return Number(value) === (absent ?? 0) ? [] : [`${words} ${figure(Number(value))}`];
		default:
			return value === enumerations[type][0] ? [] : [`${words} ${value}`];
	}
}

function interfaceLines(graph: FileSubgraph): string[] {
	return limitedTable(
		["", "name", "type", "shape", "quantisation"],
		[
			...graph.inputs.map((index) => ["input", index] as const),
			...graph.outputs.map((index) => ["output", index] as const),
		],
		([role, index]) => [role, ...tensorCells(graph.tensors[index])],
	);
}

function operatorLines(graph: FileSubgraph, notes: readonly string[]): string[] {
	const note = (text: string) => (notes.length > 0 ? [text] : []);
	return limitedTable(
		["", "operator", ...note("engine"), "version", "constants", "result", "options"],
		graph.operators,
		(operator, i) => [
			i,
			operatorName(operator),
			...note(notes[i] ?? ""),
			operator.version,
			operator.inputs.reduce((sum, index) => sum + (graph.tensors[index]?.data?.length ?? 0), 0),
			limitedList(operator.outputs, (index) => resultText(graph.tensors[index]), "; "),
			optionWords(operator),
		],
	);
}

function resultText(tensor: FileTensor | undefined): string {
	return tensor ? `${nameOf(tensor)} ${tensor.type.toLowerCase()} ${shapeText(tensor.shape)}` : "no such tensor";
}

function tensorLines(graph: FileSubgraph): string[] {
	const roles = (tensor: FileTensor) => [
		...(tensor.isVariable ? ["variable"] : []),
		...(tensor.isSparse ? ["sparse"] : []),
		...(tensor.isExternal ? ["in another file"] : []),
		...(tensor.shapeSignature?.includes(-1) ? [`may be ${shapeText(tensor.shapeSignature)}`] : []),
	];
	return limitedTable(["", "tensor", "type", "shape", "quantisation", "constant", ""], graph.tensors, (tensor, i) => [
		i,
		...tensorCells(tensor),
		tensor.data ? tensor.data.length : "",
		roles(tensor).join(", "),
	]);
}

function tensorCells(tensor: FileTensor | undefined): string[] {
	if (!tensor) return ["no such tensor"];
	return [nameOf(tensor), tensor.type.toLowerCase(), shapeText(tensor.shape), quantisationText(tensor)];
}

function nameOf({ name }: FileTensor): string {
	return name === "" ? "(no name)" : printable(name, longestName);
}

/** "scale 0.0123, zero point −3"; "20 scales from 0.001 to 0.01, dimension 0". */
function quantisationText({ quantization }: FileTensor): string {
	if (!quantization) return "";
	const { scales, zeroPoints, dimension, hasDetails } = quantization;
	if (hasDetails) return "of another kind";
	if (scales.length === 1) {
		const zeroPoint = zeroPoints[0] ? `, zero point ${figure(zeroPoints[0])}` : "";
		return `scale ${figure(scales[0]!)}${zeroPoint}`;
	}
	const [least, greatest] = scales.reduce(
		([low, high], scale) => [Math.min(low!, scale), Math.max(high!, scale)],
		[Number.POSITIVE_INFINITY, 0],
	);
	const zeroPoint = zeroPoints.some((point) => point !== 0) ? ", with zero points" : "";
	return `${scales.length} scales from ${figure(least!)} to ${figure(greatest!)}, dimension ${dimension}${zeroPoint}`;
}

function metadataLines({ metadata, signatures }: ModelFile): string[] {
	const card = metadata.find(({ name }) => name === cardEntry);
	return [
		...(metadata.length > 0 ? ["", ...entryLines(metadata)] : []),
		...(card ? ["", ...cardLines(card.data)] : []),
		...(signatures.length > 0 ? ["", `signatures: ${limitedList(signatures, (key) => printable(key), ", ")}`] : []),
	];
}

function entryLines(metadata: ModelFile["metadata"]): string[] {
	return limitedTable(["metadata", "bytes", ""], metadata, ({ name, data }) => [
		printable(name, longestName),
		data.length,
		meaning(name, data),
	]);
}

function meaning(name: string, data: Uint8Array): string {
	if (name === cardEntry) return "the model's card";
	if (name !== goldenEntry || data.length < 4) return "";
	const rows = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
	return `${count(rows)} rows that a gateway tries the model on`;
}

/** The card's entries, each on a line, whatever they are. */
export function cardLines(data: Uint8Array): string[] {
	const card = parsedCard(data);
	if (card === undefined) return ["The card is not JSON."];
	return limitedTable(["card", ""], flattened("", card), (entry) => entry);
}

/** Undefined where the card is not JSON. */
export function parsedCard(data: Uint8Array): unknown {
	try {
		return JSON.parse(decodeText(data));
	} catch (error) {
		if (error instanceof SyntaxError || error instanceof TextError) return undefined;
		throw error;
	}
}

/** Each value of nested objects by its path; a list of values is one. */
function flattened(path: string, value: unknown): [string, string][] {
	const isList = Array.isArray(value);
	if (value === null || typeof value !== "object" || (isList && !value.every(isPlainObject))) {
		return [[path, shortened(typeof value === "string" ? value : JSON.stringify(value))]];
	}
	return Object.entries(value).flatMap(([key, inner]) => {
		const name = printable(key, longestName);
		return flattened(path === "" ? name : `${path}.${name}`, inner);
	});
}

function shortened(value: string): string {
	return value.length <= longestValue ? printable(value) : `${printable(value.slice(0, longestValue - 1))}…`;
}

function isPlainObject(value: unknown): boolean {
	return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** 1×119×6; "scalar" without dimensions. */
function shapeText(shape: readonly number[]): string {
	return shape.length === 0 ? "scalar" : limitedList(shape, figure, "×");
}

function limitedList<T>(list: readonly T[], textOf: (element: T) => string, separator: string): string {
	const texts = list.slice(0, longestList).map(textOf);
	return [...texts, ...(list.length > longestList ? ["…"] : [])].join(separator);
}

function limitedTable<T>(
	head: readonly string[],
	elements: readonly T[],
	cells: (element: T, index: number) => (string | number)[],
): string[] {
	const more = elements.length - longestTable;
	return [
		...alignColumns([head, ...elements.slice(0, longestTable).map(cells)]),
		...(more > 0 ? [`and ${count(more)} more`] : []),
	];
}
