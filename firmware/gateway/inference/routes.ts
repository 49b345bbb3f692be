import { Header } from "common/protocol";
import type { Clock } from "gateway/inference/clock";
import { infer, maximumJSON } from "gateway/inference/infer";
import type { Model } from "gateway/inference/model";
import type { Repository } from "gateway/inference/repository";
import type { TensorInfo } from "gateway/inference/tensor";
import type { Windows } from "gateway/inference/windows";
import {
	type Bound,
	type Definition,
	define,
	HTTPError,
	type Request,
	type Response,
	type Route,
	serve,
} from "gateway/web/route";

export interface InferenceOptions {
	/** As server metadata tells them. */
	server: { name: string; version: string };
	repository: Repository;
	windows: Windows;
	clock: Clock;
}

/** Bytes of a request for inference, whatever the model's inputs take. */
const maximumInfer = 16384;
/** Seconds after which a model that is not ready may be asked again. */
const retryAfter = "5";

const extensions = Object.freeze([
	"binary_tensor_data",
	"classification",
	"statistics",
	"model_repository",
	"tmlaas_stream_upload",
]);
const platform = "tensorflow_tflite";

function json(value: unknown): Response {
	return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

const describe = ({ name, datatype, shape }: TensorInfo) => ({ name, datatype, shape: [...shape] });

/** Why the model that the path names does not serve. Throws `HTTPError` 404 when there is none. */
function reasonOf({ repository }: InferenceOptions, request: Request): string {
	const [name, version] = request.parameters as [string, string?];
	const reason = repository.reason(name, version);
	if (undefined === reason)
		throw new HTTPError(404, `there is no model "${name}"${undefined === version ? "" : ` of version "${version}"`}`);
	return reason;
}

/** The model that the path names. Throws `HTTPError` 404 when there is none, 503 when it does not serve. */
function serving(options: InferenceOptions, request: Request): Model {
	const [name, version] = request.parameters as [string, string?];
	const model = options.repository.find(name, version);
	if (!model)
		throw new HTTPError(503, `model "${name}" is not ready: ${reasonOf(options, request)}`, undefined, {
			"retry-after": retryAfter,
		});
	return model;
}

function metadata(this: Bound<InferenceOptions>, request: Request): Response {
	const model = serving(this.service, request);
	return json({
		name: model.name,
		versions: [model.version],
		platform,
		inputs: model.inputs.map(describe),
		outputs: model.outputs.map(describe),
	});
}

function ready(this: Bound<InferenceOptions>, request: Request): Response {
	const [name, version] = request.parameters as [string, string?];
	if (!this.service.repository.find(name, version))
		throw new HTTPError(400, `model "${name}" is not ready: ${reasonOf(this.service, request)}`, {
			name,
			ready: false,
		});
	return json({ name, ready: true });
}

function formatStatistics(models: readonly Model[]): Response {
	const texts = models.map((model) => model.statistics.format(model.name, model.version));
	return {
		status: 200,
		headers: { "content-type": "application/json" },
		body: `{"model_stats":[${texts.join()}]}`,
	};
}

function answer(this: Bound<InferenceOptions>, request: Request, body: Uint8Array): Response {
	const { windows, clock } = this.service;
	if (request.headers.has(Header.device)) return windows.infer(() => serving(this.service, request), request, body);
	if (undefined === request.scope)
		throw new HTTPError(401, "inference needs a bearer token or a device's signature", undefined, {
			"www-authenticate": "Bearer",
		});
	return infer(serving(this.service, request), body, request.headers.get(Header.inferenceLength), clock);
}

function statistics(this: Bound<InferenceOptions>, request: Request): Response {
	return formatStatistics([serving(this.service, request)]);
}

const scope = "infer";
const definitions = define<InferenceOptions>([
	{
		method: "GET",
		path: "/v2",
		handle() {
			return json({ ...this.service.server, extensions: [...extensions] });
		},
	},
	{ method: "GET", path: "/v2/health/live", handle: () => json({ live: true }) },
	{
		method: "GET",
		path: "/v2/health/ready",
		handle() {
			const { repository } = this.service;
			if (repository.ready) return json({ ready: true });
			const reasons = [...repository.names()].flatMap((name) =>
				repository.find(name) ? [] : [`model "${name}": ${repository.reason(name)}`],
			);
			throw new HTTPError(400, `not ready: ${reasons.join("; ") || "no model is loaded"}`, { ready: false });
		},
	},
	{
		method: "GET",
		path: "/v2/models",
		scope,
		handle() {
			return json({ models: [...this.service.repository.names()] });
		},
	},
	{
		method: "GET",
		path: "/v2/models/stats",
		scope,
		handle() {
			return formatStatistics([...this.service.repository.serving()]);
		},
	},
	{ method: "GET", path: "/v2/models/*", scope, handle: metadata },
	{ method: "GET", path: "/v2/models/*/versions/*", scope, handle: metadata },
	{ method: "GET", path: "/v2/models/*/ready", handle: ready },
	{ method: "GET", path: "/v2/models/*/versions/*/ready", handle: ready },
	{ method: "GET", path: "/v2/models/*/stats", scope, handle: statistics },
	{ method: "GET", path: "/v2/models/*/versions/*/stats", scope, handle: statistics },
]);

// The protocol's clients need not say what they send, and the common one does not.
const accepts = Object.freeze(["application/octet-stream", "application/json", ""]);

/** Memory is given to no more than could be right for the models that are open now: the JSON and the tensors behind it. */
function inferDefinition(path: string): Definition<InferenceOptions> {
	const largestInput = (route: unknown) => (route as Bound<InferenceOptions>).service.repository.largestInput;
	return {
		method: "POST",
		path,
		accepts,
		get maximumBody() {
			return Math.min(maximumJSON + largestInput(this), maximumInfer);
		},
		get maximumWithoutToken() {
			return largestInput(this) || maximumJSON;
		},
		handle: answer,
	};
}

const inferDefinitions = define<InferenceOptions>([
	inferDefinition("/v2/models/*/infer"),
	inferDefinition("/v2/models/*/versions/*/infer"),
]);

/**
 * The Open Inference Protocol v2 over HTTP: health, metadata, readiness, inference with JSON, binary and raw binary
 * tensors, classification, and statistics.
 * Health and server metadata are for anyone; a model's metadata are for operators; inference is for operators and devices.
 */
export function inferenceRoutes(options: InferenceOptions): Route[] {
	return [...serve(inferDefinitions, options), ...serve(definitions, options)];
}
