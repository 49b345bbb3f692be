import { Header } from "common/protocol";
import { writeScore } from "gateway/inference/classes";
import type { Clock } from "gateway/inference/clock";
import { copyRaw } from "gateway/inference/infer";
import type { Model } from "gateway/inference/repository";
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
		const { authenticate, publish, onResult, clock } = this.#options;
		const caller = authenticate(request, body);
		const model = serving();
		if ("0" !== request.headers.get(Header.inferenceLength))
			throw new HTTPError(400, "a signed request carries one raw tensor: Inference-Header-Content-Length is 0");
		if (caller.answered === caller.window) {
			const before = caller.result!;
			// The answer got lost: give it again, and publish nothing twice.
			if (before.version === model.version) return again(model, before);
		}
		if (0 === model.labels.length) throw new HTTPError(400, `model "${model.name}" does not classify windows`);
		const begin = clock.microseconds();
		try {
			copyRaw(model, body);
		} catch (error) {
			model.statistics.failure(begin, clock.microseconds());
			throw error;
		}
		const input = clock.microseconds();
		model.invoke();
		const computed = clock.microseconds();
		const result = classify(model, caller, clock.now());
		if (!publish(result)) {
			model.statistics.failure(begin, clock.microseconds());
			throw new HTTPError(503, "the outbox is full", undefined, { "retry-after": retryAfter });
		}
		caller.accept(result);
		const response = respond(model, model.outputBytes, result);
		model.statistics.success(begin, input, computed, clock.microseconds(), result.time);
		onResult(result, body);
		return response;
	}
}

/** The result of a classifier's run. */
function classify(model: Model, caller: Caller, time: number): Result {
	const { labels } = model;
	const probabilities = model.readScores();
	let best = 0;
	for (let i = 1; i < probabilities.length; i++) if (probabilities[i]! > probabilities[best]!) best = i;
	const { id, window } = caller;
	return {
		id: `${id}:${window}`,
		device: id,
		window,
		model: model.name,
		version: model.version,
		label: labels[best]!,
		confidence: probabilities[best]!,
		probabilities,
		time,
	};
}

/** The answer to a window, made from its stored result. */
function again(model: Model, result: Result): Response {
	const tensor = model.outputs[0]!;
	const bytes = new Uint8Array(tensor.byteLength);
	const view = viewOf(bytes);
	const { probabilities } = result;
	for (let i = 0; i < probabilities.length && i < model.labels.length; i++)
		writeScore(view, tensor, i, probabilities[i]!);
	return respond(model, [bytes], result);
}

function respond(model: Model, outputs: readonly Uint8Array[], { label, confidence }: Result): Response {
	return {
		status: 200,
		headers: {
			"content-type": "application/octet-stream",
			"inference-header-content-length": model.rawHeaderField,
			"tmlaas-result": `${model.labelFields[model.labels.indexOf(label)]};${confidence.toFixed(3)}`,
		},
		body: model.rawBody(outputs),
	};
}
