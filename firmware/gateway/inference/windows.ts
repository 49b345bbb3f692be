import { Header } from "common/protocol";
import { bestClasses, score, writeScore } from "gateway/inference/classes";
import type { Clock } from "gateway/inference/clock";
import { binaryResponse, copyRaw, rawResponse } from "gateway/inference/infer";
import type { Model } from "gateway/inference/repository";
import { viewOf } from "gateway/inference/tensor";
import type { Result } from "gateway/result";
import { HTTPError, type Request, type Response } from "gateway/web/route";

/** The header of the answer to a device: `<label>;<confidence>`, the label percent-encoded. It needs no JSON to read. */
export const resultHeader = "tmlaas-result";

/** Seconds after which a device may come again when the outbox is full. */
const retryAfter = "5";

/** A device whose request has been authenticated. */
export interface Caller {
	readonly id: string;
	/** The number of the window in this request. */
	readonly window: number;
	/** What its newest window was answered. */
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

	/** `serving` gives the model that takes the window, and throws when none does; a stranger does not learn which. */
	infer(serving: () => Model, request: Request, body: Uint8Array): Response {
		const caller = this.#options.authenticate(request, body);
		const model = serving();
		if ("0" !== request.headers.get(Header.inferenceLength))
			throw new HTTPError(400, "a signed request carries one raw tensor: Inference-Header-Content-Length is 0");
		const before = caller.result;
		// The answer got lost: give it again, and publish nothing twice.
		if (before && before.window === caller.window && before.version === model.version) return again(model, before);
		const classes = model.labels.length;
		if (0 === classes) throw new HTTPError(400, `model "${model.name}" does not classify windows`);
		const { clock } = this.#options;
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
		const result = this.#classify(model, caller);
		if (!this.#options.publish(result)) {
			model.statistics.failure(begin, clock.microseconds());
			throw new HTTPError(503, "the outbox is full", undefined, { "retry-after": retryAfter });
		}
		caller.accept(result);
		const response = rawResponse(model, headersOf(result));
		model.statistics.success(begin, input, computed, clock.microseconds(), result.time);
		this.#options.onResult(result, body);
		return response;
	}

	#classify(model: Model, caller: Caller): Result {
		const tensor = model.outputs[0]!;
		const view = viewOf(model.outputBytes[0]!);
		const classes = model.labels.length;
		const probabilities = new Float32Array(classes);
		for (let i = 0; i < classes; i++) probabilities[i] = score(view, tensor, i);
		const best = bestClasses(view, tensor, classes, 1)[0]!;
		return {
			id: `${caller.id}:${caller.window}`,
			device: caller.id,
			window: caller.window,
			model: model.name,
			version: model.version,
			label: model.labels[best]!,
			confidence: probabilities[best]!,
			probabilities,
			time: this.#options.clock.now(),
		};
	}
}

function headersOf(result: Result): Readonly<Record<string, string>> {
	return { [resultHeader]: `${encodeURIComponent(result.label)};${result.confidence.toFixed(3)}` };
}

/** The answer to a window, made from its stored result. */
function again(model: Model, result: Result): Response {
	const tensor = model.outputs[0]!;
	const bytes = new Uint8Array(tensor.byteLength);
	const view = viewOf(bytes);
	const { probabilities } = result;
	for (let i = 0; i < probabilities.length && i < model.labels.length; i++)
		writeScore(view, tensor, i, probabilities[i]!);
	return binaryResponse(model.rawHeader, [bytes], headersOf(result));
}
