import { Header } from "common/protocol";
import { encodeText } from "common/text";
import { writeScore } from "gateway/inference/classes";
import type { Clock } from "gateway/inference/clock";
import { copyRaw } from "gateway/inference/infer";
import type { Model } from "gateway/inference/model";
import { viewOf } from "gateway/inference/tensor";
import type { Result } from "gateway/result";
import { HTTPError, type Request, type Response } from "gateway/web/route";

/** Seconds after which a device may come again when the outbox is full. */
const retryAfter = "5";

/** A device whose request has been authenticated. */
export interface Caller {
	readonly id: string;
	/** The number of the window in this request. */
	readonly window: number;
	/** The number of its newest window that was answered, and what it was answered. */
	readonly answered: number | undefined;
	readonly result: Result | undefined;
	/** Keeps the newest result. */
	accept(result: Result): void;
}

export interface WindowsOptions {
	/** Throws `HTTPError` when the request is not a known device's. */
	authenticate(request: Request, body: Uint8Array): Caller;
	/** Persists the result; false when there is no room. */
	publish(result: Result): boolean;
	/** Called for each new result; `window` is valid only during the call. */
	onResult(result: Result, window: Uint8Array): void;
	clock: Clock;
}

/** Windows that devices send: authenticated, classified, persisted, answered. */
export class Windows {
	readonly #options: WindowsOptions;

	constructor(options: WindowsOptions) {
		this.#options = options;
	}

	/**
	 * Answers a device's raw binary request: all outputs in binary form, and besides, for those who read no JSON, the
	 * field `tmlaas-result: <label>;<confidence>`, the label percent-encoded.
	 * `serving` gives the model that takes the window, and throws when none does; a stranger does not learn which.
	 */
	infer(serving: () => Model, request: Request, body: Uint8Array): Response {
		const { clock } = this.#options;
		const caller = this.#options.authenticate(request, body);
		if ("0" !== request.headers.get(Header.inferenceLength))
			throw new HTTPError(400, "a signed request carries one raw tensor: Inference-Header-Content-Length is 0");
		// The answer got lost: give it again, whatever serves by now, and publish nothing twice.
		const before = caller.answered === caller.window ? caller.result : undefined;
		if (before && before.model === request.parameters[0]) return again(before, serving);
		const model = serving();
		const { labels, statistics } = model;
		if (0 === labels.length) throw new HTTPError(400, `model "${model.name}" does not classify windows`);
		const begin = clock.microseconds();
		try {
			copyRaw(model, body);
		} catch (error) {
			statistics.failure(begin, clock.microseconds());
			throw error;
		}
		const input = clock.microseconds();
		model.invoke();
		const computed = clock.microseconds();
		const probabilities = model.readScores();
		let best = 0;
		for (let i = 1; i < probabilities.length; i++) if (probabilities[i]! > probabilities[best]!) best = i;
		const { id, window } = caller;
		const result: Result = {
			id: `${id}:${window}`,
			device: id,
			window,
			model: model.name,
			version: model.version,
			label: labels[best]!,
			confidence: probabilities[best]!,
			probabilities,
			time: clock.now(),
		};
		if (!this.#options.publish(result)) {
			statistics.failure(begin, clock.microseconds());
			throw new HTTPError(503, "the outbox is full", undefined, { "retry-after": retryAfter });
		}
		caller.accept(result);
		const response = respond(model, model.outputBytes, result);
		statistics.success(begin, input, computed, clock.microseconds(), result.time);
		this.#options.onResult(result, body);
		model.shadow?.follow(body, best, result.confidence, computed - input);
		return response;
	}
}

/** The answer to a window, made from its stored result: as the version that gave it would, while it serves. */
function again(result: Result, serving: () => Model): Response {
	const { probabilities } = result;
	const model = whileServing(serving);
	if (model?.version !== result.version) return respondStored(result);
	const tensor = model.outputs[0]!;
	const bytes = new Uint8Array(tensor.byteLength);
	const view = viewOf(bytes);
	if (model.isBinary) writeScore(view, tensor, 0, probabilities[1]!);
	else
		for (let i = 0; i < probabilities.length && i < model.labels.length; i++)
			writeScore(view, tensor, i, probabilities[i]!);
	return respond(model, [bytes], result);
}

/** A model that is not there does not keep an answer back that was given before. */
function whileServing(serving: () => Model): Model | undefined {
	try {
		return serving();
	} catch (error) {
		if (error instanceof HTTPError) return undefined;
		throw error;
	}
}

/** The answer of a version that is not there any more: its scores, as floats. */
function respondStored({ model, version, label, confidence, probabilities }: Result): Response {
	const classes = probabilities.length;
	const header = encodeText(
		JSON.stringify({
			model_name: model,
			model_version: version,
			outputs: [
				{ name: "scores", datatype: "FP32", shape: [1, classes], parameters: { binary_data_size: 4 * classes } },
			],
		}),
	);
	const body = new Uint8Array(header.length + 4 * classes);
	body.set(header);
	const view = viewOf(body);
	for (let i = 0; i < classes; i++) view.setFloat32(header.length + 4 * i, probabilities[i]!, true);
	return raw(body, String(header.length), encodeURIComponent(label), confidence);
}

function respond(model: Model, outputs: readonly Uint8Array[], { label, confidence }: Result): Response {
	return raw(model.rawBody(outputs), model.rawHeaderField, model.labelFields[model.labels.indexOf(label)]!, confidence);
}

function raw(body: Uint8Array, headerLength: string, label: string, confidence: number): Response {
	return {
		status: 200,
		headers: {
			"content-type": "application/octet-stream",
			"inference-header-content-length": headerLength,
			"tmlaas-result": `${label};${confidence.toFixed(3)}`,
		},
		body,
	};
}
