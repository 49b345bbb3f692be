import type { IncomingRequest } from "gateway/web/connection";
import { problem } from "gateway/web/response";
import type { Response, Route } from "gateway/web/route";

const json: readonly string[] = Object.freeze(["application/json"]);

/** Finds the route of a request and says what is wrong with a request that has none. */
export class Router {
	/** Those without `*` come first. */
	readonly #routes: Route[] = [];
	/** The segments of each that has a `*`. */
	readonly #segments: (readonly string[] | undefined)[] = [];

	constructor(routes: Iterable<Route>) {
		const patterns: Route[] = [];
		for (const route of routes) {
			if (route.path.includes("*")) patterns.push(route);
			else this.#add(route);
		}
		for (const route of patterns) this.#add(route, route.path.split("/"));
	}

	#add(route: Route, segments?: readonly string[]): void {
		for (const { method, path } of this.#routes)
			if (method === route.method && path === route.path) throw new Error(`two routes ${method} ${path}`);
		this.#routes.push(route);
		this.#segments.push(segments);
	}

	/** Gives the request its route and parameters, or the response that refuses it. */
	match(request: IncomingRequest): Response | undefined {
		if (request.asterisk) return { status: 204, headers: { allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" } };
		const { path } = request;
		const method = "HEAD" === request.method ? "GET" : request.method;
		const segments = path.split("/");
		let others: Route[] | undefined;
		for (let i = 0; i < this.#routes.length; i++) {
			const route = this.#routes[i]!;
			const pattern = this.#segments[i];
			if (undefined === pattern ? path !== route.path : !fits(pattern, segments)) continue;
			if (method !== route.method) {
				others ??= [];
				others.push(route);
				continue;
			}
			request.route = route;
			if (undefined !== pattern) request.parameters = parameters(pattern, segments);
			return;
		}
		if (undefined === others) return problem(404, "nothing is here", path);
		const allow = allowed(others);
		if ("OPTIONS" === method) return { status: 204, headers: { allow } };
		return problem(405, `only ${allow}`, path, undefined, { allow });
	}
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
	const { length } = pattern;
	if (length !== segments.length) return false;
	for (let i = 1; i < length; i++) if (pattern[i] !== segments[i] && "*" !== pattern[i]) return false;
	return true;
}

function parameters(pattern: readonly string[], segments: readonly string[]): string[] {
	const found: string[] = [];
	for (let i = 1; i < pattern.length; i++) if ("*" === pattern[i]) found.push(segments[i]!);
	return found;
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
	const type = mediaType(request.headers.get("content-type") ?? "");
	if (!accepts.includes(type) || request.headers.has("content-encoding"))
		return problem(415, `the body may be ${accepts.join(", ")}, without a content coding`, request.path);
}

function mediaType(field: string): string {
	const end = field.indexOf(";");
	return (end < 0 ? field : field.slice(0, end)).trim().toLowerCase();
}
