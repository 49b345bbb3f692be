import { JSONError, JSONReader } from "common/json";
import { PublisherError, type Publishers } from "gateway/inference/publishers";
import { type Bound, define, HTTPError, type Request, type Response, type Route, serve } from "gateway/web/route";

const maximumBody = 256;
const keyDigits = 128;

const statuses: Readonly<Record<PublisherError["code"], number>> = Object.freeze({ name: 400, key: 400, full: 507 });

function put(this: Bound<Publishers>, request: Request, body: Uint8Array): Response {
	try {
		this.service.add(request.parameters[0]!, readKey(body));
	} catch (error) {
		if (error instanceof PublisherError) throw new HTTPError(statuses[error.code], error.message, { code: error.code });
		throw error;
	}
	return { status: 204 };
}

const definitions = define<Publishers>([
	{
		method: "GET",
		path: "/api/v1/publishers",
		scope: "train",
		handle() {
			return { status: 200, body: JSON.stringify({ publishers: [...this.service.names()] }) };
		},
	},
	{ method: "PUT", path: "/api/v1/publishers/*", scope: "admin", maximumBody, handle: put },
	{
		method: "DELETE",
		path: "/api/v1/publishers/*",
		scope: "admin",
		handle(request) {
			if (!this.service.remove(request.parameters[0]!)) throw new HTTPError(404, "there is no such publisher");
			return { status: 204 };
		},
	},
]);

/** Whose signed models may go live: names for all who may train, keys by an administrator. */
export function publisherRoutes(publishers: Publishers): Route[] {
	return serve(definitions, publishers);
}

/** `{"key":"…"}`. */
function readKey(body: Uint8Array): string {
	try {
		let key = "";
		const reader = new JSONReader(body);
		reader.object();
		for (let name = reader.key(); undefined !== name; name = reader.key())
			if ("key" === name) key = reader.string(keyDigits);
			else reader.skip();
		reader.end();
		return key;
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
}
