import { toHex } from "common/hex";
import { formatDigest, parseDigest } from "gateway/inference/content-digest";
import type { Model } from "gateway/inference/model";
import type { ModelStatus } from "gateway/inference/repository";
import { type RefusalCode, RepositoryError } from "gateway/inference/repository-error";
import { type Models, repositoryRoutes } from "gateway/inference/repository-routes";
import type { Scope } from "gateway/web/route";
import { describe, expect, test } from "vitest";
import { Gateway, request } from "../web/gateway";
import type { Client, Reply } from "../web/network";

const block = 4096;
const capacity = 60_000;

interface Entry {
	name: string;
	version: string;
	size: number;
	sha256: string;
	bytes: number[];
	complete: boolean;
	/** Counts up with each begin: an earlier upload may not write any more. */
	turn: number;
}

/** A store in memory that keeps to what routes may expect of the repository; its hash is the length and the sum. */
class MemoryModels implements Models {
	readonly entries: Entry[] = [];
	live: { name: string; version: string } | undefined = { name: "gesture", version: "1.0.0" };
	shadowed: string | undefined;
	calls: string[] = [];
	/** Thrown by the next load. */
	refusal: RepositoryError | undefined;
	open: Entry | undefined;

	find(name: string, version = this.live?.version) {
		const { live } = this;
		return live && name === live.name && version === live.version ? (live as Model) : undefined;
	}

	*models(): IterableIterator<ModelStatus> {
		const common = { trial: false, failed: false, arena: 0, memory: 0 };
		if (this.live)
			yield {
				...common,
				...this.live,
				state: "READY",
				role: "live",
				factory: true,
				reason: "",
				bytes: 5,
				offset: 5,
				sha256: "00".repeat(32),
			};
		for (const { name, version, size, sha256, bytes, complete } of this.entries)
			yield {
				...common,
				name,
				version,
				state: complete ? "UNAVAILABLE" : "LOADING",
				role: complete ? "stored" : "uploading",
				factory: false,
				reason: complete ? "not loaded" : "upload under way",
				bytes: size,
				offset: complete ? size : Math.floor(bytes.length / block) * block,
				sha256,
			};
	}

	usage() {
		const used = this.entries.reduce((sum, { size }) => sum + size, 0);
		return {
			memory: { total: 4096, used: 2000 },
			flash: { total: capacity, available: capacity - used, largest: capacity - used },
		};
	}

	begin({ name, version, size, sha256 }: { name: string; version: string; size: number; sha256: string }) {
		let entry = this.entries.find((entry) => name === entry.name && version === entry.version);
		if (this.open && entry !== this.open) throw new RepositoryError("busy", "another upload is under way");
		if (entry && sha256 !== entry.sha256) throw new RepositoryError("exists", "is stored with another content");
		if (size > capacity)
			throw new RepositoryError("room", "no room", { needed: size, available: capacity, largest: capacity });
		if (!entry) {
			entry = { name, version, size, sha256, bytes: [], complete: false, turn: 0 };
			this.entries.push(entry);
		}
		const { bytes } = entry;
		if (!entry.complete) bytes.length = Math.floor(bytes.length / block) * block;
		const turn = ++entry.turn;
		const it = entry;
		this.open = it;
		const check = () => {
			if (turn !== it.turn) throw new RepositoryError("busy", "taken over");
		};
		const end = () => {
			if (turn === it.turn) this.open = undefined;
		};
		return {
			name,
			version,
			sha256,
			size,
			get offset() {
				return bytes.length;
			},
			complete: it.complete,
			write: (part: Uint8Array) => {
				check();
				bytes.push(...part);
			},
			finish: () => {
				check();
				end();
				if (hash(bytes) !== sha256) {
					this.entries.splice(this.entries.indexOf(it), 1);
					throw new RepositoryError("hash", "another hash", { expected: sha256, actual: hash(bytes) });
				}
				it.complete = true;
			},
			close: end,
			abandon: () => {
				end();
				this.entries.splice(this.entries.indexOf(it), 1);
			},
		} as never;
	}

	load(name: string, options: { version?: string; shadow?: boolean } = {}) {
		this.calls.push(`load ${name} ${JSON.stringify(options)}`);
		if (this.refusal) throw this.refusal;
		const version = options.version ?? "9.9.9";
		if (!options.shadow) this.live = { name, version };
		return { name, version } as Model;
	}

	unload(name: string): void {
		if (name !== this.live?.name) throw new RepositoryError("absent", "no such model");
		this.live = undefined;
	}

	remove(name: string, version: string): void {
		if (this.find(name, version)) throw new RepositoryError("serving", "serves");
		const at = this.entries.findIndex((entry) => name === entry.name && version === entry.version);
		if (at < 0) throw new RepositoryError("absent", "no such version");
		this.entries.splice(at, 1);
	}

	shadow(name: string) {
		return name === this.shadowed ? ({ name, version: "2", windows: 7 } as never) : undefined;
	}

	dropShadow(): void {
		this.shadowed = undefined;
	}

	content(name: string, version: string) {
		const entry = this.entries.find((entry) => name === entry.name && version === entry.version);
		if (!entry?.complete) throw new RepositoryError("absent", "no such version");
		return Uint8Array.from(entry.bytes);
	}
}

function hash(bytes: ArrayLike<number>): string {
	const digest = new Uint8Array(32);
	new DataView(digest.buffer).setUint32(0, bytes.length);
	for (let i = 0; i < bytes.length; i++) digest[4 + (i % 28)] = (digest[4 + (i % 28)]! * 31 + bytes[i]!) & 0xff;
	return toHex(digest);
}

const path = "/v2/repository/models/gesture/versions/1.1.0/content";
const file = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37 + (i >> 7)) & 0xff);

class Bench {
	readonly models = new MemoryModels();
	readonly gateway = new Gateway(repositoryRoutes(this.models));
	readonly #tokens = new Map<Scope, string>();

	constructor() {
		for (const scope of ["infer", "train", "admin"] as const)
			this.#tokens.set(scope, this.gateway.tokens.add(`${scope}er`, scope));
	}

	head(method: string, target: string, headers: Record<string, string> = {}, scope: Scope = "train"): string {
		return request(method, target, { Authorization: `Bearer ${this.#tokens.get(scope)}`, ...headers });
	}

	json(method: string, target: string, body?: unknown, scope: Scope = "admin"): Promise<Reply> {
		const text = undefined === body ? "" : JSON.stringify(body);
		const headers = text ? { "Content-Type": "application/json", "Content-Length": String(text.length) } : {};
		return this.gateway.ask(this.head(method, target, headers as Record<string, string>, scope) + text);
	}

	/** The fields of a whole upload. */
	fields(bytes: Uint8Array, more: Record<string, string> = {}): Record<string, string> {
		return {
			"Content-Type": "application/octet-stream",
			"Content-Length": String(bytes.length),
			"Repr-Digest": formatDigest(hash(bytes)),
			...more,
		};
	}

	async send(head: string, body: Uint8Array, target?: Client): Promise<Reply> {
		const client = target ?? (await this.gateway.connect());
		client.send(head);
		client.send(body);
		for (let i = 0; i < 100; i++) {
			const reply = client.reply();
			if (reply) {
				if (!target) client.end();
				return reply;
			}
			this.gateway.network.advance(1);
		}
		throw new Error("no answer");
	}

	put(bytes: Uint8Array, more: Record<string, string> = {}, target = path): Promise<Reply> {
		return this.send(this.head("PUT", target, this.fields(bytes, more)), bytes);
	}

	async ask(): Promise<Reply> {
		const client = await this.gateway.connect();
		client.send(this.head("HEAD", path));
		const reply = client.reply("HEAD")!;
		client.end();
		return reply;
	}

	patch(bytes: Uint8Array, offset: number, more: Record<string, string> = {}): Promise<Reply> {
		const headers = {
			"Content-Type": "application/partial-upload",
			"Content-Length": String(bytes.length),
			"Upload-Offset": String(offset),
			...more,
		};
		return this.send(this.head("PATCH", path, headers), bytes);
	}
}

describe("Repr-Digest", () => {
	test("is read and written, among others and alone", () => {
		// SHA-256 of nothing (FIPS 180-4).
		const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
		const field = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
		expect(formatDigest(nothing)).toBe(field);
		expect(parseDigest(field)).toBe(nothing);
		expect(parseDigest(`sha-512=:AAAA:, ${field}`)).toBe(nothing);
	});

	test.each([
		"",
		"sha-256",
		"sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU:",
		"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=:",
		"sha-256=:47DEQpj8HBSa-_TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
		"md5=:1B2M2Y8AsgTpgAmY7PhCfg==:",
	])("%j has no SHA-256 to be used", (field) => {
		expect(parseDigest(field)).toBeUndefined();
	});
});

describe("upload", () => {
	test("a file comes in whole, is there to be downloaded, and a second PUT of the same changes nothing", async () => {
		const bench = new Bench();
		const bytes = file(10_000);
		const reply = await bench.put(bytes);
		expect(reply.status).toBe(201);
		expect(JSON.parse(reply.text)).toEqual({ name: "gesture", version: "1.1.0", bytes: 10_000 });
		const client = await bench.gateway.connect();
		client.send(bench.head("GET", path));
		const download = client.reply()!;
		expect(download.headers.get("content-type")).toBe("application/octet-stream");
		expect(download.headers.get("repr-digest")).toBe(formatDigest(hash(bytes)));
		expect(Buffer.compare(download.body, bytes)).toBe(0);
		expect((await bench.put(bytes)).status).toBe(200);
		expect(bench.models.entries).toHaveLength(1);
	});

	test("in chunks, with its size told; without a size 411", async () => {
		const bench = new Bench();
		const bytes = file(5000);
		const { "Content-Length": _, ...fields } = bench.fields(bytes, { "Transfer-Encoding": "chunked" });
		const chunked = Buffer.concat([Buffer.from("1388\r\n"), bytes, Buffer.from("\r\n0\r\n\r\n")]);
		expect((await bench.send(bench.head("PUT", path, fields), chunked)).status).toBe(411);
		const sized = bench.head("PUT", path, { ...fields, "Upload-Length": "5000" });
		expect((await bench.send(sized, chunked)).status).toBe(201);
		const short = bench.head("PUT", path.replace("1.1.0", "1.1.1"), { ...fields, "Upload-Length": "4999" });
		expect((await bench.send(short, chunked)).status).toBe(400);
	});

	test("goes on where the connection was lost: HEAD tells where, PATCH continues", async () => {
		const bench = new Bench();
		const bytes = file(20_000);
		const client = await bench.gateway.connect();
		client.send(bench.head("PUT", path, bench.fields(bytes)));
		client.send(bytes.subarray(0, 9000));
		bench.gateway.network.advance(50);
		client.end();
		const asked = await bench.ask();
		expect(asked.status).toBe(204);
		expect(Object.fromEntries(asked.headers)).toMatchObject({
			"upload-offset": "8192",
			"upload-length": "20000",
			"upload-complete": "?0",
			"cache-control": "no-store",
		});
		const reply = await bench.patch(bytes.subarray(8192), 8192, { "Upload-Complete": "?1" });
		expect([reply.status, reply.headers.get("upload-complete")]).toEqual([201, "?1"]);
		expect(Buffer.compare(Buffer.from(bench.models.entries[0]!.bytes), bytes)).toBe(0);
		expect((await bench.ask()).headers.get("upload-complete")).toBe("?1");
	});

	test("a PUT of the same file passes over what is stored", async () => {
		const bench = new Bench();
		const bytes = file(20_000);
		const client = await bench.gateway.connect();
		client.send(bench.head("PUT", path, bench.fields(bytes)));
		client.send(bytes.subarray(0, 9000));
		bench.gateway.network.advance(50);
		client.end();
		expect((await bench.put(bytes)).status).toBe(201);
		expect(Buffer.compare(Buffer.from(bench.models.entries[0]!.bytes), bytes)).toBe(0);
	});

	test("a resumed upload takes over from a connection that hangs, which then ends", async () => {
		const bench = new Bench();
		const bytes = file(20_000);
		const hanging = await bench.gateway.connect();
		hanging.send(bench.head("PUT", path, bench.fields(bytes)));
		hanging.send(bytes.subarray(0, 9000));
		bench.gateway.network.advance(50);
		expect((await bench.patch(bytes.subarray(8192), 8192)).status).toBe(201);
		hanging.send(bytes.subarray(9000, 9500));
		expect(hanging.reply()?.status).toBe(409);
		expect(Buffer.compare(Buffer.from(bench.models.entries[0]!.bytes), bytes)).toBe(0);
	});

	test("in parts that are meant to be parts: 204 with the offset after each, complete with ?1", async () => {
		const bench = new Bench();
		const bytes = file(20_000);
		const first = bench.fields(bytes, {
			"Content-Length": "8192",
			"Upload-Length": "20000",
			"Upload-Complete": "?0",
		});
		const begun = await bench.send(bench.head("PUT", path, first), bytes.subarray(0, 8192));
		expect([begun.status, begun.headers.get("upload-offset")]).toEqual([204, "8192"]);
		const more = await bench.patch(bytes.subarray(8192, 16_384), 8192, { "Upload-Complete": "?0" });
		expect([more.status, more.headers.get("upload-offset")]).toEqual([204, "16384"]);
		const early = await bench.patch(bytes.subarray(16_384, 18_000), 16_384, { "Upload-Complete": "?1" });
		expect(early.status).toBe(400);
		expect((await bench.patch(bytes.subarray(16_384), 16_384, { "Upload-Complete": "?1" })).status).toBe(201);
	});

	test("PATCH at another offset: 409 with the right one; of a complete version: 409; of none: 404; without offset: 400", async () => {
		const bench = new Bench();
		const bytes = file(6000);
		expect((await bench.patch(bytes, 0)).status).toBe(404);
		const client = await bench.gateway.connect();
		client.send(bench.head("PUT", path, bench.fields(bytes)));
		client.send(bytes.subarray(0, 5000));
		bench.gateway.network.advance(50);
		client.end();
		const wrong = await bench.patch(bytes.subarray(5000), 5000);
		expect([wrong.status, wrong.headers.get("upload-offset")]).toEqual([409, "4096"]);
		expect(JSON.parse(wrong.text)).toMatchObject({
			type: expect.stringContaining("mismatching-upload-offset"),
			"expected-offset": 4096,
			"provided-offset": 5000,
		});
		expect((await bench.patch(bytes, 4096)).status).toBe(400);
		expect((await bench.patch(bytes.subarray(4096), 4096, { "Upload-Length": "7000" })).status).toBe(400);
		for (const offset of ["", "-1", "4096;a", "1e3"])
			expect((await bench.patch(bytes.subarray(4096), 0, { "Upload-Offset": offset })).status).toBe(400);
		expect((await bench.patch(bytes.subarray(4096), 4096)).status).toBe(201);
		expect((await bench.patch(bytes, 6000)).status).toBe(409);
		expect((await bench.patch(new Uint8Array(0), 6000)).status).toBe(409);
	});

	test("without a hash, or with one that cannot be read: 400, and which is wanted", async () => {
		const bench = new Bench();
		for (const digest of [undefined, "md5=:AAAA:"]) {
			const { "Repr-Digest": _, ...fields } = bench.fields(file(10));
			const reply = await bench.send(
				bench.head("PUT", path, digest ? { ...fields, "Repr-Digest": digest } : fields),
				file(10),
			);
			expect([reply.status, reply.headers.get("want-repr-digest")]).toEqual([400, "sha-256=10"]);
		}
		expect(bench.models.entries).toEqual([]);
	});

	test("another hash than its own: 422 with both, and nothing of it stays", async () => {
		const bench = new Bench();
		const reply = await bench.put(file(5000), { "Repr-Digest": formatDigest("11".repeat(32)) });
		expect(reply.status).toBe(422);
		expect(JSON.parse(reply.text)).toMatchObject({
			code: "hash",
			digest: { expected: "11".repeat(32), actual: hash(file(5000)) },
			serving: "1.0.0",
			error: expect.any(String),
		});
		expect(bench.models.entries).toEqual([]);
	});

	test("too large: 507 with what there is, before a byte is sent", async () => {
		const bench = new Bench();
		const client = await bench.gateway.connect();
		client.send(
			bench.head("PUT", path, { ...bench.fields(file(5)), "Content-Length": "70000", Expect: "100-continue" }),
		);
		const reply = client.reply()!;
		expect(reply.status).toBe(507);
		expect(JSON.parse(reply.text)).toMatchObject({ code: "room", store: { needed: 70_000, available: capacity } });
	});

	test("while another one is under way: 409 with Retry-After", async () => {
		const bench = new Bench();
		const client = await bench.gateway.connect();
		client.send(bench.head("PUT", path, bench.fields(file(5000))));
		const reply = await bench.put(file(10), {}, path.replace("gesture", "other"));
		expect([reply.status, reply.headers.get("retry-after")]).toEqual([409, "2"]);
		expect(JSON.parse(reply.text)).toMatchObject({ code: "busy" });
		client.end();
		expect((await bench.put(file(10), {}, path.replace("gesture", "other"))).status).toBe(201);
	});

	test("no body: 411, an empty one: 400; another type: 415", async () => {
		const bench = new Bench();
		const { "Content-Length": _, ...fields } = bench.fields(file(0));
		expect((await bench.gateway.ask(bench.head("PUT", path, fields))).status).toBe(411);
		expect((await bench.gateway.ask(bench.head("PUT", path, bench.fields(file(0))))).status).toBe(400);
		expect((await bench.put(file(5), { "Content-Type": "application/json" })).status).toBe(415);
	});

	test("whoever trains uploads and gives up; only an admin removes; others neither, nor read the file", async () => {
		const bench = new Bench();
		const bytes = file(5000);
		const infer = await bench.send(bench.head("PUT", path, bench.fields(bytes), "infer"), bytes);
		expect(infer.status).toBe(403);
		const client = await bench.gateway.connect();
		client.send(bench.head("PUT", path, bench.fields(bytes)));
		client.send(bytes.subarray(0, 4500));
		bench.gateway.network.advance(50);
		client.end();
		expect((await bench.json("DELETE", path, undefined, "train")).status).toBe(204);
		expect(bench.models.entries).toEqual([]);
		await bench.put(bytes);
		expect((await bench.json("GET", path, undefined, "infer")).status).toBe(403);
		expect((await bench.json("DELETE", path, undefined, "train")).status).toBe(403);
		expect((await bench.json("DELETE", path)).status).toBe(204);
		expect((await bench.json("DELETE", path)).status).toBe(404);
		expect((await bench.json("DELETE", path.replace("1.1.0", "1.0.0"))).status).toBe(409);
	});

	test("a file that is not complete cannot be downloaded", async () => {
		const bench = new Bench();
		const client = await bench.gateway.connect();
		client.send(bench.head("PUT", path, bench.fields(file(9000))));
		client.send(file(5000));
		bench.gateway.network.advance(50);
		const reply = await bench.json("GET", path, undefined, "train");
		expect([reply.status, reply.headers.get("upload-offset")]).toEqual([404, "4096"]);
	});
});

describe("load and unload", () => {
	test("by version, as a shadow, and the newest", async () => {
		const bench = new Bench();
		const load = (body?: unknown) => bench.json("POST", "/v2/repository/models/gesture/load", body, "train");
		expect(JSON.parse((await load({ parameters: { version: "1.1.0" } })).text)).toEqual({
			name: "gesture",
			version: "1.1.0",
			shadow: false,
		});
		expect((await load({ parameters: { version: "1.2.0", shadow: true } })).status).toBe(200);
		expect((await load()).status).toBe(200);
		expect((await load({})).status).toBe(200);
		expect(bench.models.calls).toEqual([
			'load gesture {"version":"1.1.0","signed":true}',
			'load gesture {"version":"1.2.0","shadow":true,"signed":true}',
			'load gesture {"signed":true}',
			'load gesture {"signed":true}',
		]);
	});

	test("by an administrator, without a signature", async () => {
		const bench = new Bench();
		await bench.json("POST", "/v2/repository/models/gesture/load", {}, "admin");
		expect(bench.models.calls).toEqual(['load gesture {"signed":false}']);
	});

	test.each([
		'{"parameters":{"config":"{}"}}',
		'{"parameters":{"file:1/model.tflite":"QUJD"}}',
		'{"parameters":{"version":7}}',
		'{"parameters":{"shadow":"yes"}}',
		'{"parameters":[]}',
		"[]",
		"{",
	])("%s is refused with 400", async (text) => {
		const bench = new Bench();
		const headers = { "Content-Type": "application/json", "Content-Length": String(text.length) };
		const reply = await bench.gateway.ask(bench.head("POST", "/v2/repository/models/gesture/load", headers) + text);
		expect(reply.status).toBe(400);
		expect(bench.models.calls).toEqual([]);
	});

	test.each<[RefusalCode, Record<string, unknown>, number, Record<string, unknown>]>([
		["absent", {}, 404, {}],
		["older", { newest: "2.0.0" }, 409, { newest: "2.0.0" }],
		["interface", { needed: "a", given: "b" }, 409, { interface: { needed: "a", given: "b" } }],
		["engine", { engine: 42, operators: ["LSTM"] }, 422, { engine: 42, unsupported_ops: ["LSTM"] }],
		["engine", { engine: 7 }, 422, { engine: 7 }],
		[
			"memory",
			{ needed: 9000, available: 4096, arena: 8000, state: 1000 },
			507,
			{ arena: { requested: 9000, available: 4096, missing: 4904 } },
		],
		["memory", { models: 4, maximum: 4 }, 507, { models: 4, maximum: 4 }],
		[
			"golden",
			{ row: 3, output: 0, element: 1, expected: 0.25, actual: 0.75 },
			422,
			{ golden: { row: 3, output: 0, element: 1, expected: 0.25, actual: 0.75 } },
		],
		["card", {}, 422, {}],
	])("refused for %s %o: %i", async (code, figures, status, members) => {
		const bench = new Bench();
		bench.models.refusal = new RepositoryError(code, "because", figures);
		const reply = await bench.json("POST", "/v2/repository/models/gesture/load", {}, "train");
		expect(reply.status).toBe(status);
		expect(reply.headers.get("content-type")).toBe("application/problem+json");
		expect(JSON.parse(reply.text)).toEqual({
			type: "about:blank",
			title: expect.any(String),
			status,
			detail: "because",
			error: "because",
			code,
			serving: "1.0.0",
			...members,
		});
	});

	test("a client need not say that it sends JSON, and may not say otherwise", async () => {
		const bench = new Bench();
		const load = (headers: Record<string, string>) =>
			bench.gateway.ask(
				`${bench.head("POST", "/v2/repository/models/gesture/load", { ...headers, "Content-Length": "2" })}{}`,
			);
		expect((await load({})).status).toBe(200);
		expect((await load({ "Content-Type": "text/plain" })).status).toBe(415);
	});

	test("unloading needs an admin, and a model that is there", async () => {
		const bench = new Bench();
		const unload = (name: string, scope: Scope) =>
			bench.json("POST", `/v2/repository/models/${name}/unload`, {}, scope);
		expect((await unload("gesture", "train")).status).toBe(403);
		expect((await unload("other", "admin")).status).toBe(404);
		expect((await unload("gesture", "admin")).status).toBe(200);
		expect(bench.models.live).toBeUndefined();
	});

	test("a shadow is ended by whoever trains; what serves beside it stays", async () => {
		const bench = new Bench();
		bench.models.shadowed = "gesture";
		const unload = (body: unknown) => bench.json("POST", "/v2/repository/models/gesture/unload", body, "train");
		expect((await unload({ parameters: { shadow: false } })).status).toBe(403);
		expect((await unload({ parameters: { unload_dependents: true } })).status).toBe(403);
		expect((await unload({ parameters: { shadow: true, force: true } })).status).toBe(400);
		expect((await unload({ parameters: { shadow: true } })).status).toBe(200);
		expect((await unload({ parameters: { shadow: true } })).status).toBe(404);
		expect(bench.models.live).toBeDefined();
	});
});

describe("what is there", () => {
	const texts = async (bench: Bench, head: string, body = "") => {
		const client = await bench.gateway.connect();
		client.send(head + body);
		const [, content] = client.text.split(/\r\n\r\n(.*)/s);
		client.end();
		return JSON.parse(content!.replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, ""));
	};
	const index = (bench: Bench, body: string) =>
		texts(
			bench,
			bench.head("POST", "/v2/repository/index", {
				"Content-Type": "application/json",
				"Content-Length": String(body.length),
			}),
			body,
		);

	test("the index lists all versions with state and reason, or the ready ones", async () => {
		const bench = new Bench();
		await bench.put(file(10));
		const live = { name: "gesture", version: "1.0.0", state: "READY", reason: "" };
		const stored = { name: "gesture", version: "1.1.0", state: "UNAVAILABLE", reason: "not loaded" };
		expect(await index(bench, "{}")).toEqual([live, stored]);
		expect(await index(bench, '{"ready":false}')).toEqual([live, stored]);
		expect(await index(bench, '{"ready":true}')).toEqual([live]);
		bench.models.live = undefined;
		expect(await index(bench, '{"ready":true}')).toEqual([]);
	});

	test("the operator's list has the room besides", async () => {
		const bench = new Bench();
		await bench.put(file(10));
		const list = await texts(bench, bench.head("GET", "/api/v1/models", {}, "infer"));
		expect(list).toMatchObject({
			memory: { total: 4096, used: 2000 },
			flash: { total: capacity, available: capacity - 10 },
			models: [
				{ version: "1.0.0", role: "live", factory: true },
				{ version: "1.1.0", role: "stored", sha256: hash(file(10)) },
			],
		});
	});

	test("a shadow's comparison, where there is one", async () => {
		const bench = new Bench();
		expect((await bench.json("GET", "/v2/models/gesture/shadow", undefined, "infer")).status).toBe(404);
		bench.models.shadowed = "gesture";
		const reply = await bench.json("GET", "/v2/models/gesture/shadow", undefined, "infer");
		expect(JSON.parse(reply.text)).toMatchObject({ version: "2", windows: 7 });
	});
});
