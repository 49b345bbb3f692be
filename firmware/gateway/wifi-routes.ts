import { JSONError, JSONReader } from "common/json";
import { checkCredentials } from "common/wifi/credentials";
import { maximumNetworks, type Networks } from "common/wifi/networks";
import type { Supervisor } from "common/wifi/supervisor";
import type { WiFiStatus } from "gateway/boot/system";
import { type Bound, define, HTTPError, type Request, type Response, type Route, serve } from "gateway/web/route";

/** The gateway's link to its network: what of `common/wifi/link` is used here. */
export interface WiFiLink {
	readonly networks: Networks;
	readonly supervisor: Supervisor;
	readonly strength: number | undefined;
	address(): string | undefined;
	attempt(ssid: string, password: string): number;
	forget(ssid: string): boolean;
	look(found: (ssid: string, strength: number, secure: boolean) => void, done: () => void): boolean;
}

/** Networks in one answer at most, and bytes of a request: two texts, each byte at worst an escape of six. */
const maximumFound = 16;
const maximumBody = 768;
/** Bytes between the quotes of a name, and of a password. */
const ssidBytes = 192;
const passwordBytes = 384;
/** Milliseconds for which what a scan has found waits to be asked for. */
const patience = 30_000;
/** Seconds after which to ask for what a scan has found. */
const retryAfter = "3";

export interface WiFiOptions {
	readonly link: WiFiLink;
	/** Milliseconds that only grow. */
	now(): number;
}

/** How the gateway stands with its networks, and what its operators change about them. */
export class WiFiManager {
	readonly routes: readonly Route[];
	readonly #link: WiFiLink;
	readonly #now: () => number;
	/** What a scan has found: JSON of each network. */
	#found: string[] | undefined;
	#looking = false;
	/** When it was found. */
	#time = 0;
	/** What was asked for last, and where it is or was kept. */
	#asked: string | undefined;
	#slot = 0;

	constructor(options: WiFiOptions) {
		this.#link = options.link;
		this.#now = options.now;
		this.routes = serve(definitions, this);
	}

	status(): WiFiStatus {
		const { networks, supervisor, strength } = this.#link;
		const { state, slot, failure } = supervisor;
		return {
			state,
			ssid: (undefined === slot ? undefined : networks.ssid(slot)) ?? "",
			rssi: strength ?? null,
			address: ("connected" === state ? this.#link.address() : undefined) ?? "",
			failure,
		};
	}

	/** Which networks are known, how the link is, and what came of what was asked for last. */
	list(): Response {
		const { networks, supervisor } = this.#link;
		const known: { ssid: string; failure: string | null }[] = [];
		for (let slot = 0; slot < maximumNetworks; slot++) {
			const ssid = networks.ssid(slot);
			if (undefined !== ssid) known.push({ ssid, failure: supervisor.failureOf(slot) });
		}
		// A password that was wrong is not kept beside one that works; that it was wrong is still told.
		const asked = undefined === this.#asked ? null : { ssid: this.#asked, failure: supervisor.failureOf(this.#slot) };
		return { status: 200, body: JSON.stringify({ networks: known, asked, ...this.status() }) };
	}

	join(body: Uint8Array): Response {
		const { ssid, password } = readNetwork(body);
		switch (checkCredentials(ssid, password)) {
			case "ssid":
				throw new HTTPError(400, '"ssid" has 1 to 32 bytes');
			case "password":
				throw new HTTPError(
					400,
					'"password" has 8 to 63 bytes, is 64 hexadecimal digits, or empty for an open network',
				);
		}
		this.#slot = this.#link.attempt(ssid, password);
		this.#asked = ssid;
		return { status: 202, body: JSON.stringify({ ssid }) };
	}

	forget(ssid: string): Response {
		if (!this.#link.forget(ssid)) throw new HTTPError(404, "no such network is known");
		return { status: 204 };
	}

	/** What the latest scan has found; 202 while it is under way, or begins, and the same is to be asked again. */
	look(): Response {
		const found = this.#found;
		if (undefined !== found && this.#now() - this.#time <= patience) {
			this.#found = undefined;
			return { status: 200, body: `[${found.join(",")}]` };
		}
		if (!this.#looking) {
			const list: string[] = [];
			this.#found = undefined;
			this.#looking = this.#link.look(
				(ssid, rssi, secure) => {
					if (list.length < maximumFound) list.push(JSON.stringify({ ssid, rssi, secure }));
				},
				() => {
					this.#looking = false;
					this.#found = list;
					this.#time = this.#now();
				},
			);
		}
		if (!this.#looking)
			throw new HTTPError(503, "the radio is busy joining a network", undefined, { "retry-after": retryAfter });
		return { status: 202, headers: { "retry-after": retryAfter }, body: "[]" };
	}
}

function readNetwork(body: Uint8Array): { ssid: string; password: string } {
	let ssid = "";
	let password = "";
	try {
		const reader = new JSONReader(body);
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key())
			if ("ssid" === key) ssid = reader.string(ssidBytes);
			else if ("password" === key) password = reader.string(passwordBytes);
			else reader.skip();
		reader.end();
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
	return { ssid, password };
}

const definitions = define<WiFiManager>([
	{
		method: "GET",
		path: "/api/v1/wifi",
		scope: "admin",
		handle() {
			return this.service.list();
		},
	},
	{
		method: "POST",
		path: "/api/v1/wifi",
		scope: "admin",
		maximumBody,
		handle(_request, body) {
			return this.service.join(body);
		},
	},
	{
		method: "DELETE",
		path: "/api/v1/wifi/*",
		scope: "admin",
		handle(this: Bound<WiFiManager>, request: Request) {
			return this.service.forget(request.parameters[0]!);
		},
	},
	{
		method: "POST",
		path: "/api/v1/wifi/scan",
		scope: "admin",
		maximumBody,
		handle() {
			return this.service.look();
		},
	},
]);
