import { JSONError, JSONReader } from "common/json";
import { Header } from "common/protocol";
import type { Clock } from "gateway/inference/clock";
import { infer, maximumJSON } from "gateway/inference/infer";
import type { Model, Repository } from "gateway/inference/repository";
import type { TensorInfo } from "gateway/inference/tensor";
import type { Windows } from "gateway/inference/windows";
import { type Bound, define, HTTPError, type Request, type Response, type Route, serve } from "gateway/web/route";

export interface InferenceOptions {
	/** As server metadata tells them. */
	server: { name: string; version: string };
	repository: Repository;
	windows: Windows;
	clock: Clock;
}

/** Bytes of a request for inference, whatever the model's inputs take. */
const maximumInfer = 16384;
const maximumIndexBody = 256;
/** Seconds after which a model that is not ready may be asked again. */
const retryAfter = "5";

const extensions = Object.freeze(["binary_tensor_data", "classification", "statistics"]);
const platform = "tensorflow_tflite";

function json(value: unknown): Response {
	return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

const describe = ({ name, datatype, shape }: TensorInfo) => ({ name, datatype, shape: [...shape] });

/** The model that the path names; undefined when it is refused. Throws `HTTPError` 404 for any other. */
function named({ repository }: InferenceOptions, request: Request): Model | undefined {
	const name = request.parameters[0]!;
	const version = request.parameters[1];
	const { model } = repository;
	if (name !== repository.name || (undefined !== version && version !== model?.version))
		throw new HTTPError(404, `there is no model "${name}"${undefined === version ? "" : ` of version "${version}"`}`);
	return model;
}

function serving(options: InferenceOptions, request: Request): Model {
	const { repository } = options;
	const model = named(options, request);
	if (!model)
		throw new HTTPError(503, `model "${repository.name}" is not ready: ${repository.reason}`, undefined, {
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
	const { repository } = this.service;
	const model = named(this.service, request);
	if (!model)
		throw new HTTPError(400, `model "${repository.name}" is not ready: ${repository.reason}`, {
			name: repository.name,
			ready: false,
		});
	return json({ name: model.name, ready: true });
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

function index(this: Bound<InferenceOptions>, _request: Request, body: Uint8Array): Response {
	const { repository } = this.service;
	const { model } = repository;
	const only = onlyReady(body);
	if (!model && only) return json([]);
	return json([
		{
			name: repository.name,
			...(model ? { version: model.version } : {}),
			state: model ? "READY" : "UNAVAILABLE",
			reason: repository.reason,
		},
	]);
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
			if (!repository.model) throw new HTTPError(400, `not ready: ${repository.reason}`, { ready: false });
			return json({ ready: true });
		},
	},
	{
		method: "GET",
		path: "/v2/models",
		scope,
		handle() {
			return json({ models: [this.service.repository.name] });
		},
	},
	{
		method: "GET",
		path: "/v2/models/stats",
		scope,
		handle() {
			const { model } = this.service.repository;
			return formatStatistics(model ? [model] : []);
		},
	},
	{ method: "GET", path: "/v2/models/*", scope, handle: metadata },
	{ method: "GET", path: "/v2/models/*/versions/*", scope, handle: metadata },
	{ method: "GET", path: "/v2/models/*/ready", handle: ready },
	{ method: "GET", path: "/v2/models/*/versions/*/ready", handle: ready },
	{ method: "GET", path: "/v2/models/*/stats", scope, handle: statistics },
	{ method: "GET", path: "/v2/models/*/versions/*/stats", scope, handle: statistics },
	{ method: "POST", path: "/v2/repository/index", scope, maximumBody: maximumIndexBody, handle: index },
]);

// The protocol's clients need not say what they send, and the common one does not.
const accepts = Object.freeze(["application/octet-stream", "application/json", ""]);
const inferDefinitions = define<InferenceOptions>([
	{ method: "POST", path: "/v2/models/*/infer", accepts, handle: answer },
	{ method: "POST", path: "/v2/models/*/versions/*/infer", accepts, handle: answer },
]);

/**
 * The Open Inference Protocol v2 over HTTP: health, metadata, readiness, inference with JSON, binary and raw binary
 * tensors, classification, statistics, and the index of the model repository.
 * Health and server metadata are for anyone; a model's metadata are for operators; inference is for operators and devices.
 */
export function inferenceRoutes(options: InferenceOptions): Route[] {
	// Memory is given to no more than could be right: the JSON and the tensors behind it.
	const tensors = options.repository.model?.inputs.reduce((sum, { byteLength }) => sum + byteLength, 0) ?? 0;
	const maximumBody = Math.min(maximumJSON + tensors, maximumInfer);
	const maximumWithoutToken = tensors || maximumBody;
	return [...serve(inferDefinitions, options, { maximumBody, maximumWithoutToken }), ...serve(definitions, options)];
}

/** Whether an index request asks for ready models only: `{"ready":true}`; an empty body asks for all. */
function onlyReady(body: Uint8Array): boolean {
	if (0 === body.length) return false;
	try {
		let only = false;
		const reader = new JSONReader(body);
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key())
			if ("ready" === key) only = reader.boolean();
			else reader.skip();
		reader.end();
		return only;
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
}
