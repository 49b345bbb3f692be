import { JSONError, JSONReader } from "common/json";
import { encodeText } from "common/text";
import { bestClasses, formatClass } from "gateway/inference/classes";
import type { Clock } from "gateway/inference/clock";
import type { Model } from "gateway/inference/model";
import {
	elementCount,
	elementLength,
	formatTensor,
	maximumRank,
	parseTensor,
	sameShape,
	type TensorInfo,
	viewOf,
} from "gateway/inference/tensor";
import { HTTPError, type Response } from "gateway/web/route";

/** Bytes of the JSON of a request at most. */
export const maximumJSON = 8192;

const lengthField = "inference-header-content-length";
const maximumId = 128;
const maximumName = 128;
/** Bytes of outputs that are given as JSON, which takes up to six times as many, several times over while it is made. */
const maximumText = 256;
/** Classes that are told in place of a tensor: each is a text of its own. */
const maximumClasses = 64;

interface RequestedOutput {
	readonly index: number;
	/** Undefined: as the request's `binary_data_output` says. */
	readonly binary: boolean | undefined;
	/** How many classes to tell in place of the tensor; 0 is the tensor. */
	readonly classes: number;
}

const bad = (message: string): HTTPError => new HTTPError(400, message);

/**
 * Answers one request of the Open Inference Protocol v2 with the binary tensor and classification extensions.
 * `inferenceLength`: the field Inference-Header-Content-Length, undefined when the whole body is JSON.
 * Throws `HTTPError` 400 when the request does not fit the model, 413 for too much JSON.
 */
export function infer(model: Model, body: Uint8Array, inferenceLength: string | undefined, clock: Clock): Response {
	const begin = clock.microseconds();
	try {
		const raw = "0" === inferenceLength;
		const request = new InferenceRequest(model);
		if (raw) copyRaw(model, body);
		else request.parse(body, undefined === inferenceLength ? body.length : parseLength(inferenceLength, body.length));
		const input = clock.microseconds();
		model.invoke();
		const computed = clock.microseconds();
		const response = raw ? rawResponse(model) : request.respond();
		model.statistics.success(begin, input, computed, clock.microseconds(), clock.now());
		return response;
	} catch (error) {
		model.statistics.failure(begin, clock.microseconds());
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
}

/** Puts the body of a raw binary request into the model's only input. */
export function copyRaw(model: Model, body: Uint8Array): void {
	if (1 !== model.inputs.length) throw bad("a raw binary request needs a model with one input");
	const { byteLength, name } = model.inputs[0]!;
	if (body.length !== byteLength) throw bad(`input "${name}" has ${byteLength} bytes, got ${body.length}`);
	model.write(0, body);
}

/** All outputs in binary form, as a raw binary request has it. */
function rawResponse(model: Model): Response {
	return {
		status: 200,
		headers: { "content-type": "application/octet-stream", [lengthField]: model.rawHeaderField },
		body: model.rawBody(model.outputBytes),
	};
}

/** The JSON and the tensors behind it. */
function join(json: Uint8Array, tensors: readonly Uint8Array[]): Uint8Array {
	let end = json.length;
	for (const tensor of tensors) end += tensor.length;
	const body = new Uint8Array(end);
	body.set(json);
	end = json.length;
	for (const tensor of tensors) {
		body.set(tensor, end);
		end += tensor.length;
	}
	return body;
}

function parseLength(text: string, length: number): number {
	let value = 0;
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		if (!(digit >= 0 && digit <= 9)) throw bad("Inference-Header-Content-Length is not a number");
		value = 10 * value + digit;
		if (value > length) throw bad("Inference-Header-Content-Length is beyond the body");
	}
	if (0 === text.length) throw bad("Inference-Header-Content-Length is not a number");
	return value;
}

function find(tensors: readonly TensorInfo[], name: string): number {
	for (let i = 0; i < tensors.length; i++) if (name === tensors[i]!.name) return i;
	return -1;
}

/** One request on its way into the model's inputs and, after the run, out of its outputs. */
class InferenceRequest {
	readonly #model: Model;
	#id: string | undefined;
	#binaryOutput = false;
	/** Empty: all of them. */
	readonly #outputs: RequestedOutput[] = [];
	/** The JSON, and the tensors that follow it. */
	#json: Uint8Array = new Uint8Array(0);
	#body: Uint8Array = this.#json;
	#at = 0;

	constructor(model: Model) {
		this.#model = model;
	}

	/** Fills the model's inputs. */
	parse(body: Uint8Array, jsonLength: number): void {
		if (jsonLength > maximumJSON) throw new HTTPError(413, `the JSON of a request has at most ${maximumJSON} bytes`);
		this.#json = body.subarray(0, jsonLength);
		this.#body = body;
		this.#at = jsonLength;
		const met = this.#model.inputs.map(() => false);
		let listed = false;
		const reader = new JSONReader(this.#json);
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			switch (key) {
				case "id":
					this.#id = reader.string(maximumId);
					break;
				case "parameters":
					reader.object();
					for (let name = reader.key(); undefined !== name; name = reader.key())
						if ("binary_data_output" === name) this.#binaryOutput = reader.boolean();
						else reader.skip();
					break;
				case "inputs":
					listed = true;
					reader.array();
					while (reader.element()) this.input(reader, met);
					break;
				case "outputs":
					reader.array();
					while (reader.element()) this.output(reader);
					break;
				default:
					reader.skip();
			}
		}
		reader.end();
		if (!listed) throw bad('the request has no "inputs"');
		for (let i = 0; i < met.length; i++) if (!met[i]) throw bad(`input "${this.#model.inputs[i]!.name}" is missing`);
		if (this.#at !== body.length) throw bad(`${body.length - this.#at} bytes more than the inputs have`);
	}

	private input(reader: JSONReader, met: boolean[]): void {
		const shape: number[] = [];
		let name: string | undefined;
		let datatype: string | undefined;
		let shaped = false;
		let data: number | undefined;
		let size: number | undefined;
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			switch (key) {
				case "name":
					name = reader.string(maximumName);
					break;
				case "datatype":
					datatype = reader.string(maximumName);
					break;
				case "shape":
					shaped = true;
					reader.array();
					while (reader.element()) {
						if (maximumRank === shape.length) throw bad(`a shape has at most ${maximumRank} dimensions`);
						shape.push(reader.integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
					}
					break;
				case "data":
					// It may stand ahead of what tells how to read it.
					data = reader.position;
					reader.skip();
					break;
				case "parameters":
					reader.object();
					for (let parameter = reader.key(); undefined !== parameter; parameter = reader.key())
						if ("binary_data_size" === parameter) size = reader.integer(0, Number.MAX_SAFE_INTEGER);
						else reader.skip();
					break;
				default:
					reader.skip();
			}
		}
		if (undefined === name) throw bad("an input has no name");
		const index = find(this.#model.inputs, name);
		if (index < 0) throw bad(`the model has no input "${name}"`);
		if (met[index]) throw bad(`input "${name}" is given twice`);
		met[index] = true;
		const tensor = this.#model.inputs[index]!;
		if (undefined === datatype) throw bad(`input "${name}" has no datatype`);
		if (datatype !== tensor.datatype) throw bad(`input "${name}" is ${tensor.datatype}, got ${datatype}`);
		if (!shaped) throw bad(`input "${name}" has no shape`);
		for (const dimension of shape)
			if (dimension < 1) throw bad(`input "${name}" has a dimension of ${dimension}; each is at least 1`);
		if (undefined === elementCount(shape)) throw bad(`input "${name}" has more elements than can be counted`);
		if (!sameShape(shape, tensor.shape))
			throw bad(`input "${name}" has the shape [${tensor.shape.join()}], got [${shape.join()}]`);
		if (undefined === size) {
			if (undefined === data) throw bad(`input "${name}" has no data`);
			parseTensor(new JSONReader(this.#json, data), this.#model.inputBytes[index]!, tensor);
			return;
		}
		if (undefined !== data) throw bad(`input "${name}" has both data and binary_data_size`);
		if (size !== tensor.byteLength)
			throw bad(`input "${name}" has ${tensor.byteLength} bytes, its binary_data_size says ${size}`);
		if (this.#at + size > this.#body.length) throw bad(`the body ends within input "${name}"`);
		this.#model.write(index, this.#body.subarray(this.#at, this.#at + size));
		this.#at += size;
	}

	private output(reader: JSONReader): void {
		let name: string | undefined;
		let binary: boolean | undefined;
		let classes = 0;
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			switch (key) {
				case "name":
					name = reader.string(maximumName);
					break;
				case "parameters":
					reader.object();
					for (let parameter = reader.key(); undefined !== parameter; parameter = reader.key())
						if ("binary_data" === parameter) binary = reader.boolean();
						else if ("classification" === parameter) classes = reader.integer(0, Number.MAX_SAFE_INTEGER);
						else reader.skip();
					break;
				default:
					reader.skip();
			}
		}
		if (undefined === name) throw bad("an output has no name");
		const index = find(this.#model.outputs, name);
		if (index < 0) throw bad(`the model has no output "${name}"`);
		for (const output of this.#outputs) if (index === output.index) throw bad(`output "${name}" is asked for twice`);
		this.#outputs.push({ index, binary, classes });
	}

	/** The answer, once the model has run. */
	respond(): Response {
		const { name, version, outputs, outputBytes } = this.#model;
		const requested: readonly RequestedOutput[] = this.#outputs.length
			? this.#outputs
			: outputs.map((_tensor, index) => ({ index, binary: undefined, classes: 0 }));
		const tensors: Uint8Array[] = [];
		let length = 0;
		let json = `{"model_name":${JSON.stringify(name)},"model_version":${JSON.stringify(version)}`;
		if (undefined !== this.#id) json += `,"id":${JSON.stringify(this.#id)}`;
		json += ',"outputs":[';
		for (let i = 0; i < requested.length; i++) {
			const { index, classes, binary = this.#binaryOutput } = requested[i]!;
			const tensor = outputs[index]!;
			const bytes = outputBytes[index]!;
			const texts = classes ? this.classify(tensor, bytes, classes) : undefined;
			const shape = texts ? [...tensor.shape.slice(0, -1), texts.length] : tensor.shape;
			json += `${i ? "," : ""}{"name":${JSON.stringify(tensor.name)},"datatype":"${texts ? "BYTES" : tensor.datatype}"`;
			json += `,"shape":[${shape.join()}]`;
			if (binary) {
				const data = texts ? packTexts(texts) : bytes;
				json += `,"parameters":{"binary_data_size":${data.length}}}`;
				tensors.push(data);
				continue;
			}
			length += texts ? 0 : bytes.length;
			if (length > maximumText)
				throw bad(`outputs of more than ${maximumText} bytes have no room as JSON; ask for binary_data`);
			const data = texts ? JSON.stringify(texts) : formatTensor(bytes, tensor);
			if (undefined === data)
				throw new HTTPError(500, `output "${tensor.name}" holds what JSON has no form for; ask for binary_data`);
			json += `,"data":${data}}`;
		}
		json += "]}";
		if (tensors.length) {
			const header = encodeText(json);
			return {
				status: 200,
				headers: { "content-type": "application/octet-stream", [lengthField]: String(header.length) },
				body: join(header, tensors),
			};
		}
		return { status: 200, headers: { "content-type": "application/json" }, body: json };
	}

	/** The best classes of an output whose dimensions but the last are 1. */
	private classify(tensor: TensorInfo, bytes: Uint8Array, count: number): string[] {
		const { labels, isBinary } = this.#model;
		const elements = bytes.length / elementLength[tensor.datatype];
		if (tensor.shape[tensor.shape.length - 1] !== elements)
			throw bad(`output "${tensor.name}" has more than one dimension to classify`);
		if (Math.min(count, elements) > maximumClasses) throw bad(`at most ${maximumClasses} classes are told at once`);
		const view = viewOf(bytes);
		return bestClasses(view, tensor, isBinary ? labels.length : elements, count, isBinary).map((index) =>
			formatClass(view, tensor, index, labels, isBinary),
		);
	}
}

/** BYTES in binary form: each element is its length as u32 and its bytes. */
function packTexts(texts: readonly string[]): Uint8Array {
	const elements = texts.map(encodeText);
	const packed = new Uint8Array(elements.reduce((sum, bytes) => sum + 4 + bytes.length, 0));
	const view = viewOf(packed);
	let at = 0;
	for (const bytes of elements) {
		view.setUint32(at, bytes.length, true);
		packed.set(bytes, at + 4);
		at += 4 + bytes.length;
	}
	return packed;
}
