import { createHash, createHmac } from "node:crypto";
import { signedText } from "common/protocol";
import { encodeText } from "common/text";
import { Authenticator } from "gateway/devices/authenticate";
import type { Device } from "gateway/devices/device";
import { Pairing } from "gateway/devices/pairing";
import { Registry } from "gateway/devices/registry";
import { deviceRoutes } from "gateway/devices/routes";
import type { Request, Route } from "gateway/web/route";
import { MemoryStore } from "./store";

export const inferPath = "/v2/models/gesture/infer";

export const sha256 = () => {
	let hash = createHash("sha256");
	return {
		write: (data: string | Uint8Array) => void hash.update(data),
		close: () => new Uint8Array(hash.digest()).buffer,
		reset() {
			hash = createHash("sha256");
		},
	};
};

export interface Signed {
	method: string;
	path: string;
	id: string;
	counter: string;
	status: string;
	signature: string;
	body: Uint8Array;
}

/** What a wearable sends; `change` alters it after it was signed. */
export function sign(
	key: Uint8Array,
	request: Partial<Signed> & { id: string; counter: string },
	change: Partial<Signed> = {},
): [Request, Uint8Array] {
	const { method = "POST", path = inferPath, id, counter, status = "window=1", body = new Uint8Array(8) } = request;
	const signature = createHmac("sha256", key)
		.update(signedText(method, path, id, counter, status))
		.update(body)
		.digest("hex");
	const sent = { method, path, id, counter, status, signature, body, ...change };
	return [
		{
			method: sent.method,
			path: sent.path,
			query: "",
			headers: new Map([
				["tmlaas-device", sent.id],
				["tmlaas-counter", sent.counter],
				["tmlaas-status", sent.status],
				["tmlaas-signature", sent.signature],
			]),
			remoteAddress: "127.0.0.1",
			parameters: [],
			scope: undefined,
		},
		sent.body,
	];
}

/** The Device Manager over a store, in virtual time. A second bench over the same store is the gateway restarted. */
export class Bench {
	readonly store: MemoryStore;
	readonly registry: Registry;
	readonly pairing: Pairing;
	readonly authenticator: Authenticator;
	readonly routes: Route[];
	readonly events: string[] = [];
	now = 1_000_000;
	#keys = 0;

	constructor(store = new MemoryStore()) {
		this.store = store;
		this.registry = new Registry({ store });
		this.pairing = new Pairing({
			createKey: () => new Uint8Array(32).fill(++this.#keys),
			digest: (text) => new Uint8Array(createHash("sha256").update(text).digest()),
			admit: ({ id, name, firmware }, key) => undefined !== this.registry.admit(id, name, firmware, key),
			keyOf: (id) => this.registry.get(id)?.key,
			onChange: () => this.events.push("pairing"),
		});
		this.authenticator = new Authenticator({
			registry: this.registry,
			createHash: sha256,
			now: () => this.now,
			onReject: ({ id }) => this.events.push(`rejected ${id}`),
			onFirst: ({ id }) => this.pairing.settled(id),
		});
		this.routes = deviceRoutes({
			registry: this.registry,
			pairing: this.pairing,
			ticks: () => this.now,
			onChange: ({ id }) => this.events.push(`changed ${id}`),
			onRemove: (id) => this.events.push(`removed ${id}`),
		});
	}

	authenticate(
		key: Uint8Array,
		request: Partial<Signed> & { id: string; counter: string },
		change?: Partial<Signed>,
	): Device {
		return this.authenticator.authenticate(...sign(key, request, change));
	}
}

export const keyOf = (text: string) => new Uint8Array(createHash("sha256").update(encodeText(text)).digest());
