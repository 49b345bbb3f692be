import type { IncomingRequest } from "gateway/web/connection";
import { problem } from "gateway/web/response";
import type { Response, Route } from "gateway/web/route";

const json: readonly string[] = Object.freeze(["application/json"]);

interface Pattern {
	readonly segments: readonly string[];
	readonly routes: Route[];
}

/** Finds the route of a request and says what is wrong with a request that has none. */
export class Router {
	/** Routes without `*`, by their path. */
	readonly #exact = new Map<string, Route[]>();
	/** Routes with `*`, by the number of their segments. */
	readonly #patterns: Pattern[][] = [];

	constructor(routes: Iterable<Route>) {
		for (const route of routes) this.#add(route);
	}

	#add(route: Route): void {
		const same = this.#routesOf(route.path);
		for (const other of same)
			if (other.method === route.method) throw new Error(`two routes ${route.method} ${route.path}`);
		same.push(route);
	}

	#routesOf(path: string): Route[] {
		if (!path.includes("*")) {
			let routes = this.#exact.get(path);
			if (undefined === routes) {
				routes = [];
				this.#exact.set(path, routes);
			}
			return routes;
		}
		const segments = path.split("/");
		while (this.#patterns.length <= segments.length) this.#patterns.push([]);
		const patterns = this.#patterns[segments.length]!;
		for (const pattern of patterns) if (path === pattern.segments.join("/")) return pattern.routes;
		const pattern = { segments, routes: [] };
		patterns.push(pattern);
		return pattern.routes;
	}

	/** Gives the request its route and parameters, or the response that refuses it. */
	match(request: IncomingRequest): Response | undefined {
		if (request.asterisk) return { status: 204, headers: { allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" } };
		const routes = this.#exact.get(request.path) ?? this.#matchPattern(request);
		if (undefined === routes) return problem(404, "nothing is here", request.path);
		const method = "HEAD" === request.method ? "GET" : request.method;
		for (const route of routes) {
			if (route.method === method) {
				request.route = route;
				return;
			}
		}
		const allow = allowed(routes);
		if ("OPTIONS" === method) return { status: 204, headers: { allow } };
		return problem(405, `only ${allow}`, request.path, undefined, { allow });
	}

	#matchPattern(request: IncomingRequest): Route[] | undefined {
		const segments = request.path.split("/");
		const patterns = this.#patterns[segments.length];
		if (undefined === patterns) return;
		for (const pattern of patterns) {
			const parameters = match(pattern.segments, segments);
			if (undefined === parameters) continue;
			request.parameters = parameters;
			return pattern.routes;
		}
	}
}

function match(pattern: readonly string[], segments: readonly string[]): string[] | undefined {
	for (let i = 1; i < pattern.length; i++) if ("*" !== pattern[i] && pattern[i] !== segments[i]) return;
	return segments.filter((_, i) => "*" === pattern[i]);
}

function allowed(routes: readonly Route[]): string {
	const methods = routes.map((route) => route.method as string);
	if (methods.includes("GET")) methods.push("HEAD");
	return [...methods, "OPTIONS"].join(", ");
}

/** Refuses a body that the route does not take, by its length and media type alone: 413 or 415. */
export function checkBody(request: IncomingRequest, route: Route): Response | undefined {
	if (0 === request.length) return;
	if (request.length > (route.maximumBody ?? 0) || undefined === route.maximumBody || "HEAD" === request.method)
		return problem(413, `at most ${route.maximumBody ?? 0} bytes of body`, request.path);
	const accepts = route.accepts ?? json;
	const type = mediaType(request.headers.get("content-type") ?? "");
	if (!accepts.includes(type) || request.headers.has("content-encoding"))
		return problem(415, `the body may be ${accepts.join(", ")}, without a content coding`, request.path);
}

function mediaType(field: string): string {
	const end = field.indexOf(";");
	return (end < 0 ? field : field.slice(0, end)).trim().toLowerCase();
}
