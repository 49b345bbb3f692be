import { setTimeout as wait } from "node:timers/promises";

/** The gateway did not do what was asked, with its own words where it said any. */
export class GatewayClientError extends Error {}

/** Does over the gateway's API what an operator does on its page. */
export class GatewayClient {
	readonly #address: string;
	readonly #token: string;

	constructor(options: { address: string; token: string }) {
		this.#address = options.address;
		this.#token = options.token;
	}

	async request(method: string, path: string, body?: unknown): Promise<unknown> {
		const response = await fetch(this.#address + path, {
			method,
			headers: {
				authorization: `Bearer ${this.#token}`,
				// The gateway closes kept connections when others wait, which would race with the next request.
				connection: "close",
				...(undefined === body ? {} : { "content-type": "application/json" }),
			},
			body: undefined === body ? null : JSON.stringify(body),
			signal: AbortSignal.timeout(10_000),
		});
		const text = await response.text();
		if (!response.ok) throw new GatewayClientError(`${method} ${path}: ${response.status} ${text}`);
		return text ? JSON.parse(text) : undefined;
	}

	/** Waits until the gateway answers that its models are ready. */
	ready(): Promise<void> {
		return until("the gateway to be ready", async () => {
			const response = await fetch(`${this.#address}/v2/health/ready`).catch(() => undefined);
			await response?.arrayBuffer();
			return true === response?.ok;
		});
	}

	async openPairing(): Promise<void> {
		await this.request("POST", "/api/v1/pairing", { open: true });
	}

	async closePairing(): Promise<void> {
		await this.request("POST", "/api/v1/pairing", { open: false });
	}

	/** Waits until the device asks to join, accepts it, and waits until it is known. */
	async accept(id: string): Promise<void> {
		await until(`${id} to ask to join`, async () => {
			const { requests } = (await this.request("GET", "/api/v1/pairing")) as { requests: { id: string }[] };
			return requests.some((request) => id === request.id);
		});
		await this.request("POST", `/api/v1/pairing/${id}/accept`, {});
		await until(`${id} to be known`, async () => {
			const devices = (await this.request("GET", "/api/v1/devices")) as { id: string; lastSeen: number | null }[];
			return devices.some((device) => id === device.id);
		});
	}
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + 30_000;
	while (!(await condition())) {
		if (Date.now() > end) throw new GatewayClientError(`waited 30 s for ${what}`);
		await wait(50);
	}
}
