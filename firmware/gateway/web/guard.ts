import { problem } from "gateway/web/response";
import type { Request, Response } from "gateway/web/route";

export interface GuardOptions {
	/** The gateway's name: `<name>.local` is one of its own. */
	readonly name: string;
	/** Its addresses now, without ports. */
	addresses(): Iterable<string>;
	/** Further names under which it is reached, without ports. */
	readonly names?: readonly string[];
}

/**
 * Keeps pages of other origins away from a server in the local network. An unknown Host is a name that someone else
 * chose (DNS rebinding); a foreign Origin with a method that changes something is a page that someone else wrote (CSRF).
 * There is no CORS: no response lets another origin read it, and a preflight is refused.
 */
export class Guard {
	readonly #own: readonly string[];
	readonly #options: GuardOptions;
	/** The Host that was known last; most requests carry the same. */
	#latest: string | undefined;

	constructor(options: GuardOptions) {
		this.#own = ["localhost", "127.0.0.1", "[::1]", `${options.name}.local`, ...(options.names ?? [])].map((name) =>
			name.toLowerCase(),
		);
		this.#options = options;
	}

	/** The response that refuses the request; undefined lets it pass. */
	check(request: Request): Response | undefined {
		const { headers, method, path } = request;
		const host = headers.get("host");
		// Only HTTP/1.0 comes without one, and no browser speaks that.
		if (undefined !== host && host !== this.#latest) {
			if (!this.known(host)) return problem(403, "not a name of this gateway", path);
			this.#latest = host;
		}
		if ("GET" === method || "HEAD" === method) return;
		if ("OPTIONS" === method) {
			if (headers.has("access-control-request-method")) return problem(403, "no other origin may call", path);
			return;
		}
		const origin = headers.get("origin");
		if (undefined === origin) return;
		if (undefined === host || (origin !== `http://${host}` && origin !== `https://${host}`))
			return problem(403, "no other origin may call", path);
	}

	private known(host: string): boolean {
		const name = hostName(host);
		if (undefined === name) return false;
		if (this.#own.includes(name)) return true;
		for (const address of this.#options.addresses()) if (address === name) return true;
		return false;
	}
}

/** The name or address of a Host field, in lower case, without its port; undefined when malformed. */
function hostName(host: string): string | undefined {
	const bracket = host.lastIndexOf("]");
	const colon = host.indexOf(":", bracket + 1);
	if (colon < 0) return host.toLowerCase();
	const port = host.slice(colon + 1);
	for (let i = 0; i < port.length; i++) if (port.charCodeAt(i) < 0x30 || port.charCodeAt(i) > 0x39) return;
	return host.slice(0, colon).toLowerCase();
}

/** What the page may load: its own files and nothing else, in nobody's frame. */
export const pageHeaders: Readonly<Record<string, string>> = Object.freeze({
	"content-security-policy":
		"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
});
