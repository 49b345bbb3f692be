import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const inferPath = "/v2/models/gesture/infer";

/** A window as it was taken. */
export interface Taken {
	readonly number: number;
	readonly device: string;
	readonly counter: number;
	readonly body: Buffer;
	/** The connection that it came on, counted from 1. */
	readonly connection: number;
}

interface Answer {
	readonly status: number;
	readonly body?: object;
	readonly headers?: Readonly<Record<string, string>>;
}

/** The gateway's side of the wearable's protocol, strict about each request and obedient to the test. */
export class FakeGateway {
	readonly windows: Taken[] = [];
	/** What was wrong with requests, to be empty in the end. */
	readonly faults: string[] = [];
	readonly keys = new Map<string, Buffer>();
	pairing = true;
	joins = 0;
	/** Answers a sound window in place of success, when it gives something. */
	refuse: (window: Taken) => Answer | undefined = () => undefined;
	readonly #counters = new Map<string, number>();
	readonly #waiting = new Map<string, string>();
	#server: Server | undefined;
	#port = 0;
	#connections = 0;

	get address(): string {
		return `127.0.0.1:${this.#port}`;
	}

	/** Listens, on the same port as before. */
	async start(): Promise<void> {
		const server = createServer((request, response) => {
			const parts: Buffer[] = [];
			request.on("data", (part: Buffer) => parts.push(part));
			request.on("end", () => this.#answer(request, Buffer.concat(parts), response));
		});
		server.on("connection", () => this.#connections++);
		await new Promise<void>((resolve, reject) => {
			server.once("error", reject);
			server.listen(this.#port, "127.0.0.1", resolve);
		});
		this.#server = server;
		this.#port = (server.address() as AddressInfo).port;
	}

	/** Gone at once, open connections included. */
	async stop(): Promise<void> {
		const server = this.#server;
		if (!server) return;
		this.#server = undefined;
		const closed = new Promise((resolve) => server.close(resolve));
		server.closeAllConnections();
		await closed;
	}

	#answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
		const answer = inferPath === request.url ? this.#infer(request, body) : this.#join(request.url!, body);
		const text = JSON.stringify(answer.body ?? {});
		response.writeHead(answer.status, { "Content-Length": text.length, ...answer.headers });
		response.end(text);
	}

	#join(url: string, body: Buffer): Answer {
		const { id = url.slice("/api/v1/join/".length), token } = JSON.parse(body.toString());
		if ("/api/v1/join" === url) {
			this.joins++;
			if (!this.pairing) return { status: 403 };
			this.#waiting.set(id, token);
			return { status: 202, body: { code: "0000" } };
		}
		if (this.#waiting.get(id) !== token) return { status: 404 };
		const key = randomBytes(32);
		this.keys.set(id, key);
		return { status: 200, body: { key: key.toString("hex") } };
	}

	#infer(request: IncomingMessage, body: Buffer): Answer {
		const field = (name: string) => String(request.headers[name] ?? "");
		const device = field("tmlaas-device");
		const status = field("tmlaas-status");
		const counter = field("tmlaas-counter");
		const key = this.keys.get(device);
		if (!key) return { status: 401, body: { reason: "unknown-device" } };
		const signature = createHmac("sha256", key)
			.update(`POST\n${inferPath}\n${device}\n${counter}\n${status}\n`)
			.update(body)
			.digest("hex");
		if (signature !== field("tmlaas-signature")) {
			this.faults.push(`signature of counter ${counter}`);
			return { status: 401, body: { reason: "signature" } };
		}
		const last = this.#counters.get(device) ?? 0;
		if (Number(counter) <= last) {
			this.faults.push(`counter ${counter} after ${last}`);
			return { status: 401, body: { reason: "stale-counter", minimum: last + 1 } };
		}
		this.#counters.set(device, Number(counter));
		const number = Number(
			/^window=(\d+);(battery=\d+;)?(signal=-\d+;)?rate=[\d.]+;firmware=\d+\.\d+\.\d+$/.exec(status)?.[1],
		);
		if (!number) this.faults.push(`status ${status}`);
		if ("0" !== field("inference-header-content-length")) this.faults.push("not a raw tensor");
		const taken = { number, device, counter: Number(counter), body, connection: this.#connections };
		const refusal = this.refuse(taken);
		if (refusal) return refusal;
		this.windows.push(taken);
		return { status: 200, body: { model_name: "gesture" }, headers: { "TMLaaS-Result": "left;0.981" } };
	}
}
