import { type IncomingRequest, noParameters } from "gateway/web/connection";
import { problem } from "gateway/web/response";
import type { Response, Route } from "gateway/web/route";

const json: readonly string[] = Object.freeze(["application/json"]);

/** Finds the route of a request and says what is wrong with a request that has none. */
export class Router {
	/** Those without `*` come first. */
	readonly #routes: readonly Route[];
	/** What was found last: most requests are for the same. */
	#method = "";
	#path = "";
	#route: Route | undefined;
	#parameters: readonly string[] = noParameters;

	constructor(routes: Iterable<Route>) {
		const all = [...routes];
		for (const [index, { method, path }] of all.entries())
			for (let i = 0; i < index; i++)
				if (method === all[i]!.method && path === all[i]!.path) throw new Error(`two routes ${method} ${path}`);
		const isPattern = ({ path }: Route) => path.includes("*");
		this.#routes = [...all.filter((route) => !isPattern(route)), ...all.filter(isPattern)];
	}

	/** Gives the request its route and parameters, or the response that refuses it. */
	find(request: IncomingRequest): Response | undefined {
		if (request.asterisk) return { status: 204, headers: { allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" } };
		const { path } = request;
		const method = "HEAD" === request.method ? "GET" : request.method;
		if (path === this.#path && method === this.#method) {
			request.route = this.#route;
			request.parameters = this.#parameters;
			return;
		}
		const segments = path.split("/");
		let others: Route[] | undefined;
		for (const route of this.#routes) {
			const parameters = match(route.path, path, segments);
			if (undefined === parameters) continue;
			if (method !== route.method) {
				others ??= [];
				others.push(route);
				continue;
			}
			this.#method = method;
			this.#path = path;
			this.#route = route;
			this.#parameters = parameters;
			request.route = route;
			request.parameters = parameters;
			return;
		}
		if (undefined === others) return problem(404, "nothing is here", path);
		const allow = allowed(others);
		if ("OPTIONS" === method) return { status: 204, headers: { allow } };
		return problem(405, `only ${allow}`, path, undefined, { allow });
	}
}

/** What the `*` of the pattern stand for; undefined when the path does not fit. */
function match(pattern: string, path: string, segments: readonly string[]): readonly string[] | undefined {
	const star = pattern.indexOf("*");
	if (star < 0) return pattern === path ? noParameters : undefined;
	if (!path.startsWith(pattern.slice(0, star))) return;
	const parts = pattern.split("/");
	if (parts.length !== segments.length) return;
	const parameters: string[] = [];
	for (let i = 1; i < parts.length; i++)
		if ("*" === parts[i]) parameters.push(segments[i]!);
		else if (parts[i] !== segments[i]) return;
	return parameters;
}

function allowed(routes: readonly Route[]): string {
	const methods = routes.map((route) => route.method as string);
	if (methods.includes("GET")) methods.push("HEAD");
	return [...methods, "OPTIONS"].join(", ");
}

/** Refuses a body that the route does not take, by its length and media type alone: 413 or 415. */
export function checkBody(request: IncomingRequest, route: Route): Response | undefined {
	if (0 === request.length) return;
	const { maximumBody } = request;
	if (request.length > maximumBody || 0 === maximumBody || "HEAD" === request.method)
		return problem(413, `at most ${maximumBody} bytes of body`, request.path);
	const accepts = route.accepts ?? json;
	const type = request.headers.get("content-type") ?? "";
	if ((!accepts.includes(type) && !accepts.includes(mediaType(type))) || request.headers.has("content-encoding"))
		return problem(415, `the body may be ${accepts.join(", ")}, without a content coding`, request.path);
}

function mediaType(field: string): string {
	const end = field.indexOf(";");
	return (end < 0 ? field : field.slice(0, end)).trim().toLowerCase();
}
