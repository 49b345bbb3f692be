import { JSONError, JSONReader } from "common/json";
import { formatLines, formatTable } from "gateway/inference/capture-formats";
import { CaptureError, type Captures, maximumCount } from "gateway/inference/captures";
import { labelLength } from "gateway/inference/card";
import { type Bound, define, HTTPError, type Request, type Response, type Route, serve } from "gateway/web/route";

export interface CapturesService {
	captures: Captures;
	/** Whether the gateway knows a device of this id. */
	isDevice(id: string): boolean;
	/** Base64. */
	encode(bytes: Uint8Array): string;
}

const maximumCommand = 512;
const jsonHeaders = Object.freeze({ "content-type": "application/json" });
const statuses: Readonly<Record<CaptureError["code"], number>> = Object.freeze({
	label: 400,
	count: 400,
	full: 507,
	busy: 409,
});

function start(this: Bound<CapturesService>, request: Request, body: Uint8Array): Response {
	const { captures } = this.service;
	const device = request.parameters[0]!;
	if (!this.service.isDevice(device)) throw new HTTPError(404, "there is no such device");
	const { label, count } = readFields(body);
	if (undefined === label || undefined === count)
		throw new HTTPError(400, `{"label":…,"count":…} says what the next windows show and how many they are`);
	try {
		captures.start(device, label, count);
	} catch (error) {
		if (error instanceof CaptureError) throw new HTTPError(statuses[error.code], error.message, { code: error.code });
		throw error;
	}
	return { status: 202, headers: jsonHeaders, body: formatCaptures(captures) };
}

function stop(this: Bound<CapturesService>, request: Request): Response {
	this.service.captures.stop(request.parameters[0]!);
	return { status: 204 };
}

function exported(this: Bound<CapturesService>, request: Request): Response {
	const { captures, encode } = this.service;
	const { label, device, format = "ndjson" } = readQuery(request.query);
	const chosen = captures.values(label, device);
	switch (format) {
		case "ndjson":
			return {
				status: 200,
				headers: { "content-type": "application/x-ndjson" },
				texts: formatLines(chosen, encode),
			};
		case "csv":
			if (undefined === label)
				throw new HTTPError(400, "a CSV file tells no labels: ask for one, as in ?format=csv&label=left");
			return {
				status: 200,
				headers: { "content-type": "text/csv", "content-disposition": 'attachment; filename="captures.csv"' },
				texts: formatTable(chosen),
			};
		default:
			throw new HTTPError(400, '"format" is ndjson or csv');
	}
}

function remove(this: Bound<CapturesService>, request: Request): Response {
	const { label, device } = readQuery(request.query);
	const removed = this.service.captures.remove(label, device);
	return { status: 200, headers: jsonHeaders, body: `{"removed":${removed}}` };
}

const definitions = define<CapturesService>([
	{
		method: "GET",
		path: "/api/v1/captures",
		scope: "train",
		handle() {
			return { status: 200, headers: jsonHeaders, body: formatCaptures(this.service.captures) };
		},
	},
	{ method: "GET", path: "/api/v1/captures/windows", scope: "train", handle: exported },
	{ method: "DELETE", path: "/api/v1/captures/windows", scope: "train", handle: remove },
	{
		method: "PUT",
		path: "/api/v1/captures/recordings/*",
		scope: "train",
		maximumBody: maximumCommand,
		handle: start,
	},
	{ method: "DELETE", path: "/api/v1/captures/recordings/*", scope: "train", handle: stop },
]);

/**
 * Recording of labelled windows: `PUT /api/v1/captures/recordings/<device>` with a label and a count begins,
 * `GET /api/v1/captures/windows?format=ndjson|csv&label=…&device=…` exports, `DELETE` of the same removes.
 */
export function captureRoutes(service: CapturesService): Route[] {
	return serve(definitions, service);
}

export function formatCaptures({ count, capacity, recordings }: Captures): string {
	return JSON.stringify({ windows: count, capacity, recordings });
}

function readFields(body: Uint8Array): { label?: string; count?: number } {
	const fields: { label?: string; count?: number } = {};
	try {
		const reader = new JSONReader(body);
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key())
			if ("label" === key) fields.label = reader.string(labelLength);
			else if ("count" === key) fields.count = reader.integer(1, maximumCount);
			else reader.skip();
		reader.end();
		return fields;
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
}

/** The parts of `label=left&device=wearable-1`, percent-decoded; what else there is is passed over. */
function readQuery(query: string): { label?: string; device?: string; format?: string } {
	const found: { label?: string; device?: string; format?: string } = {};
	for (const part of query.split("&")) {
		const equals = part.indexOf("=");
		const name = part.slice(0, equals);
		if ("label" !== name && "device" !== name && "format" !== name) continue;
		try {
			found[name] = decodeURIComponent(part.slice(equals + 1));
		} catch {
			throw new HTTPError(400, `"${name}" is not percent-encoded UTF-8`);
		}
	}
	return found;
}
