import { problem } from "gateway/web/response";
import type { Request, Response } from "gateway/web/route";

/**
 * Stands where `Guard` does while the gateway is its own network, whose DNS gives every name its address. A request for
 * another Host is a system's probe, or a page that somebody wants: it is led to the portal's address. Only there does the
 * portal answer, and only to forms that came from there, so no page elsewhere, under whatever name, can have it done.
 */
export class PortalGuard {
	/** The portal's address, with its port unless that is 80. */
	readonly #host: () => string;

	constructor(host: () => string) {
		this.#host = host;
	}

	check({ method, headers, path }: Request): Response | undefined {
		const own = this.#host();
		const reads = "GET" === method || "HEAD" === method;
		if (headers.get("host") !== own) {
			if (reads) return { status: 302, headers: { location: `http://${own}/` } };
			return problem(403, "not the portal's address", path);
		}
		if (reads) return;
		const origin = headers.get("origin");
		if (undefined !== origin && `http://${own}` !== origin) return problem(403, "no other origin may call", path);
	}
}
