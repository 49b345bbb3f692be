import { problem } from "gateway/web/response";
import type { Request, Response } from "gateway/web/route";

/**
 * Stands where `Guard` does while the gateway is its own network, whose DNS gives every name its address. A request for
 * another Host is a system's probe, or a page that somebody wants: it is led to the portal's address. Only there does the
 * portal answer, and only to forms that came from there, so no page elsewhere, under whatever name, can have it done.
 * As soon as the gateway is in the home's network it is reached from there as well: nobody there gets anything.
 */
export class PortalGuard {
	readonly #address: string;
	readonly #port: () => number;

	/** `address`: the portal's. `port`: where it listens. */
	constructor(address: string, port: () => number) {
		this.#address = address;
		this.#port = port;
	}

	check({ method, headers, path, remoteAddress }: Request): Response | undefined {
		if (!isInOwnNetwork(remoteAddress, this.#address)) return problem(403, "not from the gateway's own network", path);
		const port = this.#port();
		const own = 80 === port ? this.#address : `${this.#address}:${port}`;
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

/** Whether `address` is one of the gateway's own network, whose 254 addresses are those around `own`. */
export function isInOwnNetwork(address: string, own: string): boolean {
	return address.startsWith(own.slice(0, own.lastIndexOf(".") + 1));
}
