import type { ShadowReport } from "gateway/inference/shadow";
import type { FeedEvent, Installation, KeptNetworks, Session, SightedNetwork, Stock } from "./model";

/** What the gateway says about a refusal (RFC 9457); the members beside these depend on `code`. */
export interface Problem {
	readonly title?: string;
	readonly detail?: string;
	readonly code?: string;
	/** The version that serves on. */
	readonly serving?: string;
	readonly [member: string]: unknown;
}

/** The gateway refused; `status` is HTTP's, the message is the gateway's own sentence. */
export class APIError extends Error {
	readonly status: number;
	readonly problem: Problem;

	constructor(status: number, problem: Problem) {
		super(problem.detail ?? problem.title ?? `the gateway answered ${status}`);
		this.status = status;
		this.problem = problem;
	}
}

/** What is said when no answer came at all. */
export const unreachable = "the gateway does not answer";

/** Milliseconds for an answer, for one that comes after a model's own test, and for one of all that is kept. */
const patience = 10_000;
const loadPatience = 60_000;
const exportPatience = 120_000;
const scanPatience = 20_000;
const scanPause = 1_000;

/** Milliseconds before each further attempt of an upload, and answers after which the same may succeed. */
const retries = [500, 1_000, 2_000, 4_000, 8_000];
const passing = [408, 503];

export interface Upload {
	readonly content: Uint8Array<ArrayBuffer>;
	/** SHA-256 of the content. */
	readonly digest: Uint8Array;
	readonly signal: AbortSignal;
	/** Told the bytes that are on their way. */
	readonly onProgress: (sent: number) => void;
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		setTimeout(resolve, milliseconds);
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
}

const contentPath = (name: string, version: string) =>
	`/v2/repository/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/content`;

/** Which recorded windows are meant; without a label all are. */
function captureQuery(options: { label?: string | undefined; format?: string }): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(options)) if (undefined !== value) query.set(name, value);
	// A plus stands for itself at the gateway.
	return `/api/v1/captures/windows?${query}`.replaceAll("+", "%20");
}

/** The operator's way to the gateway. The token goes into `Authorization` and nowhere else. */
export class API {
	readonly #token: string;

	constructor(options: { token: string }) {
		this.#token = options.token;
	}

	session(): Promise<Session> {
		return this.#json("GET", "/api/v1/session") as Promise<Session>;
	}

	async openPairing(open: boolean): Promise<void> {
		await this.#json("POST", "/api/v1/pairing", { open });
	}

	async answer(id: string, answer: "accept" | "refuse"): Promise<void> {
		await this.#json("POST", `/api/v1/pairing/${encodeURIComponent(id)}/${answer}`, {});
	}

	async rename(id: string, name: string): Promise<void> {
		await this.#json("PATCH", `/api/v1/devices/${encodeURIComponent(id)}`, { name });
	}

	async remove(id: string): Promise<void> {
		await this.#json("DELETE", `/api/v1/devices/${encodeURIComponent(id)}`);
	}

	stock(): Promise<Stock> {
		return this.#json("GET", "/api/v1/models") as Promise<Stock>;
	}

	/** Undefined when no shadow runs. */
	async shadow(name: string): Promise<ShadowReport | undefined> {
		try {
			return (await this.#json("GET", `/v2/models/${encodeURIComponent(name)}/shadow`)) as ShadowReport;
		} catch (error) {
			if (error instanceof APIError && 404 === error.status) return undefined;
			throw error;
		}
	}

	/** Lets a version serve, or run as a shadow. */
	async load(name: string, parameters: { version: string; shadow?: boolean }): Promise<void> {
		const path = `/v2/repository/models/${encodeURIComponent(name)}/load`;
		await this.#json("POST", path, { parameters }, loadPatience);
	}

	/** Ends what serves under the name, or only the shadow. */
	async unload(name: string, parameters: { shadow?: boolean } = {}): Promise<void> {
		await this.#json("POST", `/v2/repository/models/${encodeURIComponent(name)}/unload`, { parameters });
	}

	/** Removes a version that is stored, or gives up its upload. */
	async removeVersion(name: string, version: string): Promise<void> {
		await this.#json("DELETE", contentPath(name, version));
	}

	/** Stores a model's file, and tries again when that broke off: what has come is passed over by the gateway. */
	async uploadModel(upload: Upload & { name: string; version: string }): Promise<void> {
		const { name, version, signal } = upload;
		for (let attempt = 0; ; attempt++) {
			try {
				await this.#send(contentPath(name, version), upload);
				return;
			} catch (error) {
				const passes = !(error instanceof APIError) || passing.includes(error.status);
				const wait = retries[attempt];
				if (signal.aborted || !passes || undefined === wait) throw error;
				await sleep(wait, signal);
			}
		}
	}

	/** Keeps the next `count` windows of the device under the label. */
	async record(device: string, label: string, count: number): Promise<void> {
		await this.#json("PUT", `/api/v1/captures/recordings/${encodeURIComponent(device)}`, { label, count });
	}

	async stopRecording(device: string): Promise<void> {
		await this.#json("DELETE", `/api/v1/captures/recordings/${encodeURIComponent(device)}`);
	}

	/** How many windows are kept under each label. */
	async captureLabels(): Promise<Map<string, number>> {
		const response = await this.#request("GET", captureQuery({}), { signal: AbortSignal.timeout(exportPatience) });
		const counts = new Map<string, number>();
		for await (const line of parts(response, "\n")) {
			const { label } = JSON.parse(line) as { label: string };
			counts.set(label, 1 + (counts.get(label) ?? 0));
		}
		return counts;
	}

	async exportCaptures(options: { label?: string; format: "ndjson" | "csv" }): Promise<Blob> {
		const response = await this.#request("GET", captureQuery(options), { signal: AbortSignal.timeout(exportPatience) });
		return response.blob();
	}

	async removeCaptures(label: string | undefined): Promise<void> {
		await this.#json("DELETE", captureQuery({ label }));
	}

	/** Writes firmware into the slot that does not run, and lets the gateway restart into it. */
	async installFirmware(upload: Upload): Promise<Installation> {
		return JSON.parse(await this.#send("/api/v1/firmware", upload)) as Installation;
	}

	async restart(mode: "serve" | "provision" = "serve"): Promise<void> {
		await this.#json("POST", "/api/v1/system/restart", { mode });
	}

	networks(): Promise<KeptNetworks> {
		return this.#json("GET", "/api/v1/wifi") as Promise<KeptNetworks>;
	}

	/** The networks that the gateway hears now. */
	async scan(): Promise<readonly SightedNetwork[]> {
		const signal = AbortSignal.timeout(scanPatience);
		for (;;) {
			const response = await this.#request("POST", "/api/v1/wifi/scan", { body: {}, signal });
			// The gateway looks around, and tells what it has found when it is asked again.
			if (202 !== response.status) return response.json() as Promise<readonly SightedNetwork[]>;
			await sleep(scanPause, signal);
		}
	}

	/** Keeps a network and tries it. */
	async join(ssid: string, password: string): Promise<void> {
		await this.#json("POST", "/api/v1/wifi", { ssid, password });
	}

	async forget(ssid: string): Promise<void> {
		await this.#json("DELETE", `/api/v1/wifi/${encodeURIComponent(ssid)}`);
	}

	/** Reads the live feed until it ends or `signal` aborts. */
	async feed(signal: AbortSignal, onEvent: (event: FeedEvent) => void): Promise<void> {
		const response = await this.#request("GET", "/api/v1/events", { signal });
		for await (const text of parts(response, "\n\n")) {
			const event = parseEvent(text);
			if (event) onEvent(event);
		}
	}

	/** Gives the answer's body. By XMLHttpRequest, which alone tells how far it is. */
	#send(path: string, { content, digest, signal, onProgress }: Upload): Promise<string> {
		return new Promise((resolve, reject) => {
			const request = new XMLHttpRequest();
			request.open("PUT", path);
			request.setRequestHeader("authorization", `Bearer ${this.#token}`);
			request.setRequestHeader("content-type", "application/octet-stream");
			request.setRequestHeader("repr-digest", `sha-256=:${btoa(String.fromCharCode(...digest))}:`);
			request.upload.onprogress = ({ loaded }) => onProgress(loaded);
			request.onload = () => {
				if (request.status < 300) resolve(request.responseText);
				else reject(new APIError(request.status, parseProblem(request.responseText)));
			};
			request.onerror = () => reject(new Error("the connection was lost: choose the file again"));
			request.onabort = () => reject(signal.reason);
			signal.addEventListener("abort", () => request.abort(), { once: true });
			request.send(content);
		});
	}

	async #json(method: string, path: string, body?: unknown, wait = patience): Promise<unknown> {
		const response = await this.#request(method, path, { body, signal: AbortSignal.timeout(wait) });
		return 204 === response.status ? undefined : response.json();
	}

	async #request(method: string, path: string, options: { body?: unknown; signal: AbortSignal }): Promise<Response> {
		const { body, signal } = options;
		const response = await fetch(path, {
			method,
			headers: {
				authorization: `Bearer ${this.#token}`,
				...(undefined === body ? {} : { "content-type": "application/json" }),
			},
			body: undefined === body ? null : JSON.stringify(body),
			signal,
			cache: "no-store",
		}).catch(() => {
			throw new Error(unreachable);
		});
		if (response.ok) return response;
		throw new APIError(response.status, parseProblem(await response.text()));
	}
}

/** Empty where something else than the gateway has answered. */
function parseProblem(text: string): Problem {
	try {
		const problem: unknown = JSON.parse(text);
		return "object" === typeof problem && null !== problem ? (problem as Problem) : {};
	} catch {
		return {};
	}
}

/** The texts of a body between separators, each as soon as it is there; what no separator ends is not given. */
async function* parts(response: Response, separator: string): AsyncGenerator<string> {
	const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
	let pending = "";
	for (;;) {
		const { value, done } = await reader.read();
		if (done) return;
		const texts = (pending + value).split(separator);
		pending = texts.pop()!;
		yield* texts;
	}
}

/** One server-sent event; undefined for comments. */
function parseEvent(text: string): FeedEvent | undefined {
	let type = "";
	let data = "";
	for (const line of text.split("\n")) {
		if (line.startsWith("event:")) type = line.slice(6).trim();
		else if (line.startsWith("data:")) data += line.slice(5).trim();
	}
	return type && data ? ({ type, data: JSON.parse(data) } as FeedEvent) : undefined;
}
