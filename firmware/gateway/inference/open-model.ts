/** All that a file has to pass before it may answer a request. */
import { JSONError } from "common/json";
import { type Card, parseCard } from "gateway/inference/card";
import { type Engine, Model } from "gateway/inference/model";
import { RepositoryError } from "gateway/inference/repository-error";
import { elementCount, readElement, sameShape, type TensorInfo, viewOf } from "gateway/inference/tensor";

/** How far a float output may be from a golden one: other chips round `exp` otherwise. */
const tolerance = 1e-5;
const goldenHeaderLength = 4;
/** Golden vectors at most, and microseconds that a load may spend on them: nobody else is served meanwhile. */
export const maximumGoldenRows = 100;
const goldenTime = 3_000_000;
/** Bytes of all outputs: an answer in JSON takes many times as much of the heap, whose end nothing could catch. */
export const maximumOutput = 1024;
/** engine.h's ENGINE_MEMORY. */
const outOfMemory = 500;

export interface Opening {
	/** Opens the file, whose arena and state take at most `memory` bytes. Throws what the engine says. */
	open(memory: number): Engine;
	/** Bytes. */
	memory: number;
	/** What the card must say; undefined: whatever it says. */
	name?: string;
	version?: string;
	/** The model whose windows this one is to take. */
	serving?: Model | undefined;
	/** From any beginning; undefined: the golden vectors may take what they take. */
	microseconds?: (() => number) | undefined;
	/** As `Model` tells what computes. */
	note?: ((mark: number) => void) | undefined;
}

/** Opens a model: verifier, operators, memory, card, interface, golden vectors. Throws `RepositoryError`; all is closed then. */
export function openModel(opening: Opening): Model {
	const engine = openEngine(opening);
	try {
		const card = readCard(engine);
		const { name = card.name, version = card.version, serving } = opening;
		if (name !== card.name || version !== card.version)
			throw new RepositoryError("card", `the card is of ${card.name} ${card.version}, not of ${name} ${version}`, {
				name: card.name,
				version: card.version,
			});
		checkCard(engine, card);
		checkOutput(engine);
		if (serving) checkInterface(engine, serving);
		const model = new Model(engine, card, opening.note);
		testGolden(engine, model, opening.microseconds);
		return model;
	} catch (error) {
		engine.close();
		throw error;
	}
}

/** What an error of the engine says; the fields that it may have. */
interface EngineRefusal {
	readonly message: string;
	readonly code?: number;
	readonly arena?: number;
	readonly state?: number;
	readonly operators?: readonly string[];
}

/** Throws `RepositoryError`: `engine`, `memory`. */
export function openEngine({ open, memory }: Pick<Opening, "open" | "memory">): Engine {
	try {
		return open(memory);
	} catch (error) {
		const { message, code, arena = 0, state = 0, operators = [] } = error as EngineRefusal;
		const needed = arena + state;
		if (outOfMemory === code)
			throw new RepositoryError(
				"memory",
				needed > memory
					? `the model needs ${needed} bytes of memory, ${memory} are at hand`
					: `the system has no memory for the model${needed ? `, which needs ${needed} bytes` : ""}`,
				{ needed, available: memory, arena, state },
			);
		throw new RepositoryError(
			"engine",
			`the engine refused the file${undefined === code ? "" : ` (${code})`}: ${message}`,
			{ ...(undefined === code ? {} : { engine: code }), ...(operators.length ? { operators } : {}) },
		);
	}
}

/** The card that the file brings along. Throws `RepositoryError` `card`. */
export function readCard(engine: Engine): Card {
	const text = engine.metadata("TMLAAS_CARD");
	if (!text) throw new RepositoryError("card", "the file has no card");
	try {
		return parseCard(text);
	} catch (error) {
		if (error instanceof JSONError) throw new RepositoryError("card", `the card is not readable: ${error.message}`);
		throw error;
	}
}

function checkCard({ inputs, outputs }: Engine, { labels, inputElements }: Card): void {
	const elements = elementCount(outputs[0]!.shape);
	const fits = labels.length === elements || (2 === labels.length && 1 === elements);
	if (labels.length && (1 !== outputs.length || !fits))
		throw new RepositoryError("card", "the card's labels do not match the output", {
			labels: labels.length,
			outputs: outputs.map(({ shape }) => [...shape]),
		});
	if (undefined === inputElements) return;
	if (1 !== inputs.length || inputElements !== elementCount(inputs[0]!.shape))
		throw new RepositoryError("card", "the card's input does not match the file's", {
			card: inputElements,
			inputs: inputs.map(({ shape }) => [...shape]),
		});
}

function checkOutput({ outputs }: Engine): void {
	const bytes = outputs.reduce((sum, { byteLength }) => sum + byteLength, 0);
	if (bytes <= maximumOutput) return;
	throw new RepositoryError("memory", `the outputs have ${bytes} bytes, more than the ${maximumOutput} of an answer`, {
		output: bytes,
		maximum: maximumOutput,
	});
}

function checkInterface({ inputs }: Engine, serving: Model): void {
	const same = (tensor: TensorInfo, index: number): boolean => {
		const other = serving.inputs[index];
		return undefined !== other && tensor.datatype === other.datatype && sameShape(tensor.shape, other.shape);
	};
	if (inputs.length === serving.inputs.length && inputs.every(same)) return;
	const describe = ({ datatype, shape }: TensorInfo) => ({ datatype, shape: [...shape] });
	throw new RepositoryError(
		"interface",
		`the input is not the one that devices send to version ${serving.version}; unload the model first`,
		{ needed: serving.inputs.map(describe), given: inputs.map(describe) },
	);
}

/** Runs the golden vectors (count: u32, then each vector's inputs and outputs). Throws `RepositoryError` `golden`. */
function testGolden(engine: Engine, model: Model, microseconds: (() => number) | undefined): void {
	const golden = engine.metadata("TMLAAS_GOLDEN");
	if (!golden) throw new RepositoryError("golden", "the file has no golden vectors");
	if (golden.length < goldenHeaderLength) throw new RepositoryError("golden", "the golden vectors are cut short");
	let length = 0;
	for (const { byteLength } of model.inputs) length += byteLength;
	for (const { byteLength } of model.outputs) length += byteLength;
	const rows = viewOf(golden).getUint32(0, true);
	if (0 === rows || golden.length !== goldenHeaderLength + rows * length)
		throw new RepositoryError("golden", "the golden vectors do not fit the model", { rows, length });
	if (rows > maximumGoldenRows)
		throw new RepositoryError("golden", `the file has ${rows} golden vectors; ${maximumGoldenRows} are run at most`, {
			rows,
			maximum: maximumGoldenRows,
		});
	let at = goldenHeaderLength;
	const begin = microseconds?.() ?? 0;
	for (let row = 0; row < rows; row++) {
		const time = (microseconds?.() ?? 0) - begin;
		if (time > goldenTime)
			throw new RepositoryError(
				"golden",
				`${row} of ${rows} golden vectors took ${time / 1000} ms, in which nobody else is served: the model is too slow, or its vectors too many`,
				{ row, rows, milliseconds: time / 1000, maximum: goldenTime / 1000 },
			);
		for (let i = 0; i < model.inputs.length; i++) {
			const { byteLength } = model.inputs[i]!;
			model.write(i, golden.subarray(at, at + byteLength));
			at += byteLength;
		}
		model.invoke();
		for (let i = 0; i < model.outputs.length; i++) {
			const bytes = model.outputBytes[i]!;
			compare(bytes, golden.subarray(at, at + bytes.byteLength), model.outputs[i]!, row);
			at += bytes.byteLength;
		}
	}
}

function compare(actualBytes: Uint8Array, expectedBytes: Uint8Array, tensor: TensorInfo, row: number): void {
	const a = viewOf(actualBytes);
	const b = viewOf(expectedBytes);
	const count = elementCount(tensor.shape)!;
	for (let element = 0; element < count; element++) {
		const actual = readElement(a, tensor.datatype, element);
		const expected = readElement(b, tensor.datatype, element);
		const agrees =
			"FP32" === tensor.datatype
				? Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected))
				: actual === expected;
		if (agrees) continue;
		const output = tensor.name;
		throw new RepositoryError(
			"golden",
			`golden vector ${row} does not come out: element ${element} of "${output}" is ${actual}, not ${expected}`,
			// JSON has no form for what is not finite.
			{ row, output, element, expected: String(expected), actual: String(actual) },
		);
	}
}
