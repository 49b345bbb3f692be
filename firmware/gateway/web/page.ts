import { decodeText } from "common/text";
import { pageHeaders } from "gateway/web/guard";
import { problem } from "gateway/web/response";
import type { Request, Response, Route } from "gateway/web/route";

/** The name of the table of files: `{ "<path>": { "file": "<resource>", "type": "<media type>", "etag": "<hash>" } }`. */
const table = "page.json";

interface PageFile {
	/** A resource, compressed with gzip. */
	readonly file: string;
	readonly type: string;
	/** What changes with the content, without quotes. */
	readonly etag: string;
}

/**
 * The routes of the page that lies in flash, compressed beforehand and sent from there without a copy.
 * `open` gives a resource by its name and throws when there is none of that name.
 */
export function pageRoutes(open: (name: string) => HostBuffer | ArrayBuffer): Route[] {
	const files = JSON.parse(decodeText(new Uint8Array(open(table) as ArrayBuffer))) as Record<string, PageFile>;
	return Object.keys(files).map((path) => new PageRoute(path, files[path]!, open));
}

/** A class rather than a function for each file, which would take more memory. */
class PageRoute implements Route {
	readonly method = "GET";
	readonly path: string;
	readonly #file: PageFile;
	readonly #open: (name: string) => HostBuffer | ArrayBuffer;

	constructor(path: string, file: PageFile, open: (name: string) => HostBuffer | ArrayBuffer) {
		this.path = path;
		this.#file = file;
		this.#open = open;
	}

	handle(request: Request): Response {
		const { headers } = request;
		const { file, type } = this.#file;
		const etag = `"${this.#file.etag}"`;
		const common = { ...pageHeaders, etag, "cache-control": "no-cache", vary: "accept-encoding" };
		if (matches(headers.get("if-none-match"), etag)) return { status: 304, headers: common };
		if (!acceptsGzip(headers.get("accept-encoding")))
			return problem(406, "the page is compressed with gzip", request.path, undefined, { vary: "accept-encoding" });
		return {
			status: 200,
			headers: { ...common, "content-type": type, "content-encoding": "gzip" },
			body: this.#open(file),
		};
	}
}

/** The weak comparison of If-None-Match (RFC 9110, 13.1.2). */
function matches(field: string | undefined, etag: string): boolean {
	if (undefined === field) return false;
	if ("*" === field) return true;
	for (const item of field.split(",")) {
		const tag = item.trim();
		if (tag === etag || tag === `W/${etag}`) return true;
	}
	return false;
}

/** RFC 9110, 12.5.3: without the field any coding will do; a weight of zero refuses. */
function acceptsGzip(field: string | undefined): boolean {
	if (undefined === field) return true;
	let any = false;
	for (const item of field.toLowerCase().split(",")) {
		const [coding, ...parameters] = item.split(";").map((part) => part.trim());
		const refused = parameters.some((parameter) => parameter.startsWith("q=") && 0 === Number(parameter.slice(2)));
		if ("gzip" === coding || "x-gzip" === coding) return !refused;
		if ("*" === coding) any = !refused;
	}
	return any;
}
