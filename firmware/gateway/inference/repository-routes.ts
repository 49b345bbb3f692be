import { JSONError, JSONReader } from "common/json";
import { formatDigest, parseDigest } from "gateway/inference/content-digest";
import type { Model } from "gateway/inference/model";
import type { ModelStatus, RepositoryUsage } from "gateway/inference/repository";
import { type RefusalCode, RepositoryError } from "gateway/inference/repository-error";
import type { ShadowReport } from "gateway/inference/shadow";
import type { Upload } from "gateway/inference/upload";
import {
	type Bound,
	define,
	HTTPError,
	type Request,
	type Response,
	type Route,
	type Sink,
	serve,
} from "gateway/web/route";

/** What the routes need of the model repository. */
export interface Models {
	find(name: string, version?: string): Model | undefined;
	models(): IterableIterator<ModelStatus>;
	usage(): RepositoryUsage;
	begin(model: { name: string; version: string; size: number; sha256: string }): Upload;
	load(name: string, options?: { version?: string; shadow?: boolean; signed?: boolean }): Model;
	unload(name: string): void;
	dropShadow(name: string, reason: string): void;
	remove(name: string, version: string): void;
	shadow(name: string): ShadowReport | undefined;
	content(name: string, version: string): Uint8Array;
}

const maximumIndexBody = 256;
const maximumLoadBody = 512;
const versionLength = 32;
/** Beyond any flash: what is too large is refused with the room that there is, not by this. */
const maximumContent = 0x7fff_ffff;
/** Seconds after which an upload may be tried again while another is under way. */
const retryAfter = "2";

const octets = "application/octet-stream";
// The protocol's common client does not say what it sends.
const json: readonly string[] = Object.freeze(["application/json", ""]);
const offsetField = "upload-offset";
const lengthField = "upload-length";
const completeField = "upload-complete";
const problemTypes = "https://iana.org/assignments/http-problem-types#";

const statuses: Readonly<Record<RefusalCode, number>> = Object.freeze({
	name: 400,
	size: 413,
	room: 507,
	exists: 409,
	older: 409,
	busy: 409,
	incomplete: 400,
	hash: 422,
	absent: 404,
	serving: 409,
	engine: 422,
	memory: 507,
	card: 422,
	interface: 409,
	golden: 422,
	signature: 422,
	unsigned: 403,
});

/** Under which name a problem's figures are told, where they are more than one word of the sentence. */
const members: Readonly<Partial<Record<RefusalCode, string>>> = Object.freeze({
	size: "store",
	room: "store",
	incomplete: "upload",
	hash: "digest",
	interface: "interface",
	golden: "golden",
});

/** The problem's members: `code`, the figures, and the version that serves on. */
function explain({ code, figures }: RepositoryError, serving: Model | undefined): Record<string, unknown> {
	const extra: Record<string, unknown> = { code };
	if (serving) extra.serving = serving.version;
	const member = members[code];
	if (undefined !== member) extra[member] = figures;
	else if ("memory" === code && "number" === typeof figures.needed && "number" === typeof figures.available) {
		const { needed, available } = figures;
		extra.arena = { requested: needed, available, missing: needed - available };
	} else if ("engine" === code && undefined !== figures.operators) {
		extra.unsupported_ops = figures.operators;
		extra.engine = figures.engine;
	} else Object.assign(extra, figures);
	return extra;
}

function refuse(service: Models, name: string, error: unknown): never {
	if (!(error instanceof RepositoryError)) throw error;
	throw new HTTPError(
		statuses[error.code],
		error.message,
		explain(error, service.find(name)),
		"busy" === error.code ? { "retry-after": retryAfter } : undefined,
	);
}

function attempt<T>(service: Models, request: Request, action: () => T): T {
	try {
		return action();
	} catch (error) {
		return refuse(service, request.parameters[0]!, error);
	}
}

/** A non-negative integer of an upload's field; undefined when it is not there. */
function readCount(request: Request, field: string): number | undefined {
	const text = request.headers.get(field);
	if (undefined === text) return;
	let value = text.length > 0 && text.length <= 15 ? 0 : Number.NaN;
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		value = digit >= 0 && digit <= 9 ? 10 * value + digit : Number.NaN;
	}
	if (Number.isNaN(value)) throw new HTTPError(400, `${field} is a number of bytes`);
	return value;
}

function readComplete(request: Request): boolean | undefined {
	const text = request.headers.get(completeField);
	if (undefined === text) return;
	if ("?0" !== text && "?1" !== text) throw new HTTPError(400, `${completeField} is ?0 or ?1`);
	return "?1" === text;
}

function inconsistent(stated: number, actual: number): HTTPError {
	return new HTTPError(400, `the content would be of ${actual} bytes, not of ${stated}`, {
		type: `${problemTypes}inconsistent-upload-length`,
		title: "inconsistent-upload-length",
	});
}

function statusOf(service: Models, request: Request): ModelStatus | undefined {
	const [name, version] = request.parameters;
	if (!version) return;
	for (const status of service.models()) if (status.name === name && status.version === version) return status;
}

/** How far an upload is, in the fields of the draft. */
function progress(status: ModelStatus): Record<string, string> {
	return {
		[offsetField]: String(status.offset),
		[lengthField]: String(status.bytes),
		[completeField]: isUploading(status) ? "?0" : "?1",
		"repr-digest": formatDigest(status.sha256),
	};
}

const isUploading = ({ role }: ModelStatus) => "uploading" === role;

/** The content of one request, on its way into the store. */
class Content implements Sink {
	readonly #service: Models;
	readonly #request: Request;
	readonly #upload: Upload;
	/** Bytes at the request's beginning that are stored already. */
	#skip: number;
	/** Where the next byte belongs. */
	#at: number;
	/** Whether the content is to be complete with this request; undefined: when all bytes are there. */
	readonly #last: boolean | undefined;
	readonly #stored: boolean;

	/** `from`: where the request's bytes begin in the content. */
	constructor(service: Models, request: Request, upload: Upload, from: number, last: boolean | undefined) {
		this.#service = service;
		this.#request = request;
		this.#upload = upload;
		this.#stored = upload.complete;
		this.#skip = (upload.complete ? upload.size : upload.offset) - from;
		this.#at = from;
		this.#last = last;
	}

	write(bytes: Uint8Array): void {
		this.#at += bytes.length;
		if (this.#at > this.#upload.size) throw inconsistent(this.#upload.size, this.#at);
		const skipped = Math.min(this.#skip, bytes.length);
		this.#skip -= skipped;
		if (skipped === bytes.length) return;
		attempt(this.#service, this.#request, () => this.#upload.write(0 === skipped ? bytes : bytes.subarray(skipped)));
	}

	close(): Response {
		const upload = this.#upload;
		if (!(this.#last ?? this.#at === upload.size)) {
			upload.close();
			const status = statusOf(this.#service, this.#request);
			if (undefined === status) throw new HTTPError(404, "the upload was given up meanwhile", { code: "absent" });
			return { status: 204, headers: progress(status) };
		}
		if (this.#at < upload.size) {
			upload.close();
			throw inconsistent(upload.size, this.#at);
		}
		const [name, version] = this.#request.parameters;
		attempt(this.#service, this.#request, () => upload.finish());
		return {
			status: this.#stored ? 200 : 201,
			headers: { [completeField]: "?1", "content-type": "application/json" },
			body: JSON.stringify({ name, version, bytes: upload.size }),
		};
	}

	abort(): void {
		this.#upload.close();
	}
}

/** PUT: the content from its beginning. What is stored of it already is passed over, and the hash shows if it differs. */
function put(service: Models, request: Request, length: number): Sink {
	const last = readComplete(request);
	const stated = readCount(request, lengthField);
	const size = stated ?? (length < 0 || false === last ? undefined : length);
	if (undefined === size) throw new HTTPError(411, "the content's size is needed: Content-Length or Upload-Length");
	if (length > size || (length >= 0 && length < size && false !== last)) throw inconsistent(size, length);
	const field = request.headers.get("repr-digest");
	const sha256 = undefined === field ? undefined : parseDigest(field);
	if (undefined === sha256)
		throw new HTTPError(
			400,
			"the content's hash is needed: Repr-Digest: sha-256=:<base64>: (RFC 9530)",
			{ code: "hash" },
			{ "want-repr-digest": "sha-256=10" },
		);
	const [name, version] = request.parameters as [string, string];
	const upload = attempt(service, request, () => service.begin({ name, version, size, sha256 }));
	return new Content(service, request, upload, 0, last);
}

/** PATCH: the content from where an earlier request ended. */
function append(service: Models, request: Request, length: number): Sink {
	const from = readCount(request, offsetField);
	if (undefined === from) throw new HTTPError(400, `${offsetField} is needed`);
	const last = readComplete(request);
	const status = statusOf(service, request);
	if (undefined === status) throw new HTTPError(404, "no upload of this version has begun", { code: "absent" });
	if (!isUploading(status))
		throw new HTTPError(
			409,
			"this version is complete",
			{ type: `${problemTypes}completed-upload`, title: "completed-upload" },
			progress(status),
		);
	const stated = readCount(request, lengthField) ?? status.bytes;
	if (stated !== status.bytes) throw inconsistent(status.bytes, stated);
	if (length >= 0 && from + length > status.bytes) throw inconsistent(status.bytes, from + length);
	const { name, version, bytes: size, sha256 } = status;
	const upload = attempt(service, request, () => service.begin({ name, version, size, sha256 }));
	if (from !== upload.offset) {
		const { offset } = upload;
		upload.close();
		throw new HTTPError(
			409,
			`the upload goes on at byte ${offset}, not at ${from}`,
			{
				type: `${problemTypes}mismatching-upload-offset`,
				title: "mismatching-upload-offset",
				"expected-offset": offset,
				"provided-offset": from,
			},
			{ [offsetField]: String(offset), [completeField]: "?0" },
		);
	}
	return new Content(service, request, upload, from, last);
}

function missingContent(request: Request): never {
	if (request.headers.has("content-length")) throw new HTTPError(400, "a model file is needed");
	throw new HTTPError(411, "a model file is needed, with its Content-Length");
}

/** GET: a stored model's file. HEAD, as GET without a body: how far an upload is. */
function content({ service }: Bound<Models>, request: Request): Response {
	const status = statusOf(service, request);
	if (undefined === status) throw new HTTPError(404, "there is no such version", { code: "absent" });
	if (isUploading(status)) {
		if ("HEAD" === request.method) return { status: 204, headers: progress(status) };
		throw new HTTPError(
			404,
			`${status.offset} of ${status.bytes} bytes are there`,
			{ code: "incomplete" },
			progress(status),
		);
	}
	return {
		status: 200,
		headers: { ...progress(status), "content-type": octets },
		body: attempt(service, request, () => service.content(status.name, status.version)),
	};
}

/** DELETE: gives an upload up, or removes a stored version. */
function remove(service: Models, request: Request): Response {
	const [name, version] = request.parameters as [string, string];
	const status = statusOf(service, request);
	if (undefined === status) throw new HTTPError(404, "there is no such version", { code: "absent" });
	if (!isUploading(status) && "admin" !== request.scope)
		throw new HTTPError(403, "a token with the scope admin is needed to remove what is stored");
	const { bytes: size, sha256 } = status;
	attempt(service, request, () => {
		if (isUploading(status)) service.begin({ name, version, size, sha256 }).abandon();
		else service.remove(name, version);
	});
	return { status: 204 };
}

function unload(service: Models, request: Request, onlyShadow: boolean): Response {
	const name = request.parameters[0]!;
	if (!onlyShadow && "admin" !== request.scope)
		throw new HTTPError(403, "a token with the scope admin is needed to end what serves");
	if (!onlyShadow) attempt(service, request, () => service.unload(name));
	else if (undefined === service.shadow(name)) throw noShadow();
	else service.dropShadow(name, "unloaded");
	return { status: 200, body: "{}" };
}

const noShadow = () => new HTTPError(404, "no version runs as a shadow", { code: "absent" });

function* formatIndex(service: Models, only: boolean): Generator<string, void> {
	let separator = "[";
	for (const { name, version, state, reason } of service.models()) {
		if (only && "READY" !== state) continue;
		// A model of the firmware whose card cannot be read has none.
		yield separator + JSON.stringify({ name, ...(version ? { version } : {}), state, reason });
		separator = ",";
	}
	yield "[" === separator ? "[]" : "]";
}

function* formatModels(service: Models): Generator<string, void> {
	yield `${JSON.stringify(service.usage()).slice(0, -1)},"models":`;
	let separator = "[";
	for (const status of service.models()) {
		yield separator + JSON.stringify(status);
		separator = ",";
	}
	yield "[" === separator ? "[]}" : "]}";
}

/** `{"ready":true}` asks for ready models only; an empty body asks for all. */
function readOnly(body: Uint8Array): boolean {
	if (0 === body.length) return false;
	let only = false;
	const reader = new JSONReader(body);
	reader.object();
	for (let key = reader.key(); undefined !== key; key = reader.key())
		if ("ready" === key) only = reader.boolean();
		else reader.skip();
	reader.end();
	return only;
}

/** Reads `{"parameters":{…}}`; `read` takes the value of each parameter, and gives false for one that it does not know. */
function readParameters(body: Uint8Array, known: string, read: (name: string, reader: JSONReader) => boolean): void {
	if (0 === body.length) return;
	const reader = new JSONReader(body);
	reader.object();
	for (let key = reader.key(); undefined !== key; key = reader.key()) {
		if ("parameters" !== key) {
			reader.skip();
			continue;
		}
		reader.object();
		for (let name = reader.key(); undefined !== name; name = reader.key())
			if (!read(name, reader)) throw new HTTPError(400, `parameter "${name}": known here is ${known}`);
	}
	reader.end();
}

/** `{"parameters":{"version":"1.0.1","shadow":true}}`, each optional. */
function readLoad(body: Uint8Array): { version?: string; shadow?: boolean } {
	const options: { version?: string; shadow?: boolean } = {};
	readParameters(body, "version and shadow; a file is sent with PUT", (name, reader) => {
		if ("version" === name) options.version = reader.string(versionLength);
		else if ("shadow" === name) options.shadow = reader.boolean();
		else return false;
		return true;
	});
	return options;
}

/** Whether only the shadow is meant: `{"parameters":{"shadow":true}}`. Others' `unload_dependents` changes nothing here. */
function readUnload(body: Uint8Array): boolean {
	let only = false;
	readParameters(body, "shadow", (name, reader) => {
		if ("shadow" === name) only = reader.boolean();
		else if ("unload_dependents" === name) reader.boolean();
		else return false;
		return true;
	});
	return only;
}

function parse<T>(read: (body: Uint8Array) => T, body: Uint8Array): T {
	try {
		return read(body);
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
}

const contentPath = "/v2/repository/models/*/versions/*/content";

const definitions = define<Models>([
	{
		method: "POST",
		path: "/v2/repository/index",
		scope: "infer",
		maximumBody: maximumIndexBody,
		accepts: json,
		handle(_request, body) {
			return { status: 200, texts: formatIndex(this.service, parse(readOnly, body)) };
		},
	},
	{
		method: "POST",
		path: "/v2/repository/models/*/load",
		scope: "train",
		maximumBody: maximumLoadBody,
		accepts: json,
		handle(request, body) {
			const options = parse(readLoad, body);
			const { name, version } = attempt(this.service, request, () =>
				this.service.load(request.parameters[0]!, { ...options, signed: "admin" !== request.scope }),
			);
			return { status: 200, body: JSON.stringify({ name, version, shadow: true === options.shadow }) };
		},
	},
	{
		method: "POST",
		path: "/v2/repository/models/*/unload",
		scope: "train",
		maximumBody: maximumLoadBody,
		accepts: json,
		handle(request, body) {
			return unload(this.service, request, parse(readUnload, body));
		},
	},
	{
		method: "PUT",
		path: contentPath,
		scope: "train",
		maximumBody: maximumContent,
		accepts: Object.freeze([octets]),
		handle: missingContent,
		receive(request, length) {
			return put(this.service, request, length);
		},
	},
	{
		method: "PATCH",
		path: contentPath,
		scope: "train",
		maximumBody: maximumContent,
		accepts: Object.freeze(["application/partial-upload", octets]),
		handle(request) {
			return append(this.service, request, 0).close();
		},
		receive(request, length) {
			return append(this.service, request, length);
		},
	},
	{
		method: "GET",
		path: contentPath,
		scope: "train",
		handle(request) {
			return content(this, request);
		},
	},
	{
		method: "DELETE",
		path: contentPath,
		scope: "train",
		handle(request) {
			return remove(this.service, request);
		},
	},
	{
		method: "GET",
		path: "/v2/models/*/shadow",
		scope: "infer",
		handle(request) {
			const report = this.service.shadow(request.parameters[0]!);
			if (undefined === report) throw noShadow();
			return { status: 200, body: JSON.stringify(report) };
		},
	},
	{
		method: "GET",
		path: "/api/v1/models",
		scope: "infer",
		handle() {
			return { status: 200, texts: formatModels(this.service) };
		},
	},
]);

/**
 * The model repository extension of the Open Inference Protocol, with a streamed upload in place of the protocol's file
 * in base64, which no memory here could hold.
 *
 * `PUT …/versions/V/content` takes a model file with its hash (`Repr-Digest`, RFC 9530). It is resumable with the fields
 * of draft-ietf-httpbis-resumable-upload: the content is its own upload resource, so that no Location is needed. HEAD
 * tells `Upload-Offset`, PATCH goes on from there, and a PUT of the same file does, too: what is stored is passed over.
 *
 * Whoever may train may upload, load what a known publisher has signed, give up an upload and end a shadow: a model that
 * loads has passed its own test, fits what devices send, and comes back out by itself when it fails. An admin may load
 * unsigned files besides; what takes away, unloading and removing, is for admins alone.
 */
export function repositoryRoutes(repository: Models): Route[] {
	return serve(definitions, repository);
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(formatIndex.prototype);
Object.freeze(formatModels.prototype);
