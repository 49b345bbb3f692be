import { createHash, createHmac, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";

/** The gateway's answer to one signed request. */
export interface Answer {
	readonly status: number;
	readonly body: Buffer;
}

const inferPath = "/v2/models/gesture/infer";

/**
 * A device without a simulated machine around it: it signs as the wearable does, with Node's own cryptography, and is
 * driven by tests and benchmarks.
 */
export class DeviceClient {
	readonly id: string;
	readonly #host: string;
	readonly #port: number;
	readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
	#key: Buffer | undefined;
	#counter = 0;
	#window = 0;

	constructor(options: { id: string; address: string }) {
		this.id = options.id;
		const { hostname, port } = new URL(options.address);
		this.#host = hostname;
		this.#port = Number(port);
	}

	/** Asks to join while pairing is open, and waits for the key. */
	async join(accept: () => Promise<void>): Promise<void> {
		const token = randomBytes(16).toString("hex");
		const body = JSON.stringify({ id: this.id, name: this.id, firmware: "0.0.0", token });
		const asked = await this.#send("POST", "/api/v1/join", "application/json", Buffer.from(body), {});
		if (202 !== asked.status) throw new Error(`join: ${asked.status} ${asked.body}`);
		const code = (Number.parseInt(createHash("sha256").update(token).digest("hex").slice(0, 8), 16) % 10_000)
			.toString()
			.padStart(4, "0");
		if (code !== JSON.parse(asked.body.toString()).code) throw new Error("join: the gateway shows another code");
		await accept();
		const answer = await this.#send(
			"POST",
			`/api/v1/join/${this.id}`,
			"application/json",
			Buffer.from(JSON.stringify({ token })),
			{},
		);
		if (200 !== answer.status) throw new Error(`join: ${answer.status} ${answer.body}`);
		this.#key = Buffer.from(JSON.parse(answer.body.toString()).key, "hex");
	}

	/** The number of the window that `inferRequest` made last. */
	get lastWindow(): number {
		return this.#window;
	}

	/** Sends one window; `number` is its own and stays the same when it is sent again. */
	async infer(window: Buffer, number: number): Promise<Answer> {
		const answer = await this.#send("POST", inferPath, "application/octet-stream", window, this.#sign(window, number));
		if (401 === answer.status) {
			const { minimum } = JSON.parse(answer.body.toString());
			if (minimum > this.#counter) {
				this.#counter = minimum;
				return this.infer(window, number);
			}
		}
		return answer;
	}

	/** The counter of its latest request. */
	get counter(): number {
		return this.#counter;
	}

	/** Leaves out so many counters. */
	skip(count: number): void {
		this.#counter += count;
	}

	/** Sends a window under a counter that was used before, and does not learn from the answer. */
	async replay(window: Buffer, counter: number): Promise<Answer> {
		return this.#send("POST", inferPath, "application/octet-stream", window, this.#sign(window, 1, counter));
	}

	/** A whole signed request for a window with a number of its own, for those who write to a socket themselves. */
	inferRequest(window: Buffer): Buffer {
		const headers = Object.entries({
			Host: this.#host,
			"Content-Type": "application/octet-stream",
			"Content-Length": window.length,
			...this.#sign(window, ++this.#window),
		}).map(([name, value]) => `${name}: ${value}\r\n`);
		return Buffer.concat([Buffer.from(`POST ${inferPath} HTTP/1.1\r\n${headers.join("")}\r\n`), window]);
	}

	close(): void {
		this.#agent.destroy();
	}

	#sign(window: Buffer, number: number, used = ++this.#counter): Record<string, string> {
		const counter = String(used);
		const status = `window=${number};firmware=0.0.0`;
		const signature = createHmac("sha256", this.#key!)
			.update(`POST\n${inferPath}\n${this.id}\n${counter}\n${status}\n`)
			.update(window)
			.digest("hex");
		return {
			"Inference-Header-Content-Length": "0",
			"TMLaaS-Device": this.id,
			"TMLaaS-Counter": counter,
			"TMLaaS-Status": status,
			"TMLaaS-Signature": signature,
		};
	}

	#send(
		method: string,
		path: string,
		type: string,
		body: Buffer,
		headers: Readonly<Record<string, string>>,
	): Promise<Answer> {
		return new Promise((resolve, reject) => {
			const outgoing = request(
				{
					host: this.#host,
					port: this.#port,
					agent: this.#agent,
					method,
					path,
					timeout: 10_000,
					headers: { "Content-Type": type, "Content-Length": body.length, ...headers },
				},
				(incoming) => {
					const parts: Buffer[] = [];
					incoming.on("data", (part: Buffer) => parts.push(part));
					incoming.on("end", () => resolve({ status: incoming.statusCode!, body: Buffer.concat(parts) }));
					incoming.on("error", reject);
				},
			);
			outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 10 s")));
			outgoing.on("error", (error: NodeJS.ErrnoException) => {
				// The gateway may close a kept connection while the next request is on its way: nobody has seen it.
				if (outgoing.reusedSocket && "ECONNRESET" === error.code)
					this.#send(method, path, type, body, headers).then(resolve, reject);
				else reject(error);
			});
			outgoing.end(body);
		});
	}
}
