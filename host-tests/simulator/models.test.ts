/** The model repository over a socket: cases 22 to 25, uploads that break off, restarts in between, and the command. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway, RefusedError, type Reply, UnreachableError } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { buildPage } from "../../tools/page/build";
import { Fleet } from "../../tools/simulator/fleet";
import { createRandom } from "../../tools/training/random";
import { DeviceClient } from "../device-client";
import { u32 } from "../native/flatbuffer";
import type { ModelDescription } from "../native/model";
import { changes, labels, makeFile, makeWindow, runWindows, windowLength } from "./model-files";
import { freePort } from "./ports";

const token = "operator";
let directory: string;
let port: number;
let fleet: Fleet;
let gateway: Gateway;
/** Every file has a version of its own, each above the last. */
let latest = 0;
const nextVersion = () => `2.0.${++latest}`;

const start = () => Fleet.start({ build: "release", speed: 20, port, directory, wearables: [], token });

async function restart(): Promise<void> {
	fleet.simulator.kill();
	await fleet.simulator.ended;
	fleet = await start();
}

beforeAll(async () => {
	await Promise.all([buildPage(), buildEngine()]);
	directory = await mkdtemp(join(tmpdir(), "tmlaas-models-"));
	port = await freePort();
	fleet = await start();
	gateway = new Gateway({ address: new URL(fleet.address), token });
});

afterAll(async () => {
	await fleet?.close();
	await rm(directory, { recursive: true, force: true });
});

const contentPath = (version: string) => `/v2/repository/models/gesture/versions/${version}/content`;

const quick = {
	onProgress: () => {},
	onRetry: () => {},
	sleep: async () => {
		throw new Error("interrupted");
	},
};

const upload = (version: string, content: Uint8Array) =>
	uploadModel({ gateway, name: "gesture", version, content, ...quick });

const load = (parameters: { version?: string; shadow?: boolean }) =>
	gateway.request("POST", "/v2/repository/models/gesture/load", { parameters });

async function refused(action: Promise<unknown>): Promise<RefusedError["problem"]> {
	const error = await action.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (!(error instanceof RefusedError)) throw error ?? new Error("was not refused");
	return error.problem;
}

/** The version that answers, and that metadata name. */
async function serving(): Promise<string> {
	const { versions } = (await gateway.request("GET", "/v2/models/gesture")) as { versions: string[] };
	const { model_version: version } = (await gateway.request("POST", "/v2/models/gesture/infer", {
		inputs: [{ name: await inputName(), datatype: "INT16", shape: [1, 119, 6], data: new Array(714).fill(7) }],
	})) as { model_version: string };
	expect(versions).toContain(version);
	return version;
}

async function inputName(): Promise<string> {
	const { inputs } = (await gateway.request("GET", "/v2/models/gesture")) as { inputs: { name: string }[] };
	return inputs[0]!.name;
}

/** Uploads, loads, takes away again; what serves is the same before and after. */
async function tryFile(content: Uint8Array, version = nextVersion()): Promise<RefusedError["problem"]> {
	const before = await serving();
	await upload(version, content);
	const problem = await refused(load({ version }));
	expect(problem.serving).toBe(before);
	expect(await serving()).toBe(before);
	await gateway.request("DELETE", contentPath(version));
	return problem;
}

describe("22 – files that are no models", () => {
	const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
	it.each<[string, (sound: Buffer) => Uint8Array]>([
		["the eight bytes 18000000 TFL3", () => hex("18000000 54464c33")],
		["a table that is its own vtable", () => hex(`18000000 54464c33 ${"00".repeat(56)}`)],
		["another identifier", (sound) => Buffer.concat([sound.subarray(0, 4), Buffer.from("TFL2"), sound.subarray(8)])],
		[
			"a root past the end",
			(sound) => {
				sound.writeUInt32LE(sound.length, 0);
				return sound;
			},
		],
		["one byte", () => hex("18")],
		["text", () => Buffer.from("not a model at all, whatever its name says")],
	])("%s: 422, and the old one serves on", async (_name, make) => {
		const version = nextVersion();
		const sound = Buffer.from(await makeFile({ version, seed: 1 }));
		expect(await tryFile(make(sound), version)).toMatchObject({ status: 422, code: "engine" });
	});

	it("cut short at every 64 bytes: 422", async () => {
		const sound = await makeFile({ version: "9.9.9", seed: 1 });
		for (let length = 64; length < sound.length; length += 64) {
			const version = nextVersion();
			await upload(version, sound.subarray(0, length));
			expect([length, await refused(load({ version }))]).toMatchObject([length, { status: 422, code: "engine" }]);
			await gateway.request("DELETE", contentPath(version));
		}
		expect(await serving()).toBe("1.0.0");
	});
});

describe("23 – indices and numbers that lead astray", () => {
	const buffer = (model: ModelDescription): ModelDescription => ({
		...model,
		tensors: model.tensors.map((tensor, i) => (4 === i ? { ...tensor, fields: { 2: u32(9999) } } : tensor)),
	});
	const operatorCode = (model: ModelDescription): ModelDescription => ({
		...model,
		operators: model.operators.map((operator, i) => (2 === i ? { ...operator, fields: { 0: u32(999) } } : operator)),
	});
	it.each(
		Object.entries({
			"tensor 999": changes.index,
			"buffer 9999": buffer,
			"operator code 999": operatorCode,
			"no inputs": changes.inputs,
			"dimensions of 2^32 values": changes.dimensions,
			"a scale of 0": changes.scale,
		}),
	)("%s: 422, and the old one serves on", async (_name, change) => {
		const version = nextVersion();
		const problem = await tryFile(await makeFile({ version, seed: 1, change }), version);
		expect(problem).toMatchObject({ status: 422, code: "engine", engine: expect.any(Number) });
	});
});

describe("24 – what the gateway cannot run", () => {
	it("an operator that it does not have: 422 with its name", async () => {
		const version = nextVersion();
		const problem = await tryFile(await makeFile({ version, seed: 1, change: changes.unsupported }), version);
		expect(problem).toMatchObject({ status: 422, code: "engine", unsupported_ops: ["LSTM"] });
		expect(problem.error).toBe(problem.detail);
	});

	it("more memory than there is: 507 with what is needed and what there is", async () => {
		const version = nextVersion();
		const problem = await tryFile(await makeFile({ version, seed: 1, change: changes.large }), version);
		const { arena } = problem as unknown as { arena: { requested: number; available: number; missing: number } };
		expect(problem).toMatchObject({ status: 507, code: "memory" });
		expect(arena.requested).toBeGreaterThan(4_000_000);
		expect(arena.missing).toBe(arena.requested - arena.available);
	});

	it("a file beyond the store: refused before its content is sent", async () => {
		let sent = false;
		const reply = await gateway.exchange({
			method: "PUT",
			path: contentPath(nextVersion()),
			headers: {
				"content-type": "application/octet-stream",
				"content-length": 4_000_000,
				"repr-digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:`,
			},
			send: () => {
				sent = true;
			},
		});
		expect([reply.status, sent]).toEqual([413, false]);
		expect(JSON.parse(reply.text)).toMatchObject({ code: "size", store: { size: 4_000_000 } });
	});
});

describe("25 – files that may not serve", () => {
	it("another hash than was announced: 422, and nothing is stored", async () => {
		const version = nextVersion();
		const content = await makeFile({ version, seed: 1 });
		const reply = await gateway.exchange({
			method: "PUT",
			path: contentPath(version),
			headers: {
				"content-type": "application/octet-stream",
				"content-length": content.length,
				"repr-digest": `sha-256=:${Buffer.alloc(32, 1).toString("base64")}:`,
			},
			send: (request) => request.end(content),
		});
		expect([reply.status, JSON.parse(reply.text).code]).toEqual([422, "hash"]);
		expect((await refused(load({ version }))).status).toBe(404);
	});

	it("an older version than is stored: 409 with the newest", async () => {
		const version = nextVersion();
		await upload(version, await makeFile({ version, seed: 1 }));
		const problem = await refused(upload("1.9.9", await makeFile({ version: "1.9.9", seed: 2 })));
		expect(problem).toMatchObject({ status: 409, code: "older", newest: version });
		await gateway.request("DELETE", contentPath(version));
	});

	it("a version that is stored with another content: 409", async () => {
		const version = nextVersion();
		await upload(version, await makeFile({ version, seed: 1 }));
		const problem = await refused(upload(version, await makeFile({ version, seed: 2 })));
		expect(problem).toMatchObject({ status: 409, code: "exists" });
		await gateway.request("DELETE", contentPath(version));
	});

	it("windows of another form than devices send: 409", async () => {
		const version = nextVersion();
		const problem = await tryFile(await makeFile({ version, seed: 1, change: changes.interface }), version);
		expect(problem).toMatchObject({ status: 409, code: "interface" });
	});

	it("the card of another version: 422", async () => {
		expect(await tryFile(await makeFile({ version: "7.7.7", seed: 1 }))).toMatchObject({ status: 422, code: "card" });
	});

	it("golden rows that do not come out: 422 with the row, and the old one serves on", async () => {
		const version = nextVersion();
		const problem = await tryFile(await makeFile({ version, seed: 1, change: changes.golden }), version);
		expect(problem).toMatchObject({ status: 422, code: "golden", golden: { row: 1, element: 2 } });
	});

	it("a gateway that dies in the trial comes back with the version before, and says why", async () => {
		const before = await serving();
		const version = nextVersion();
		await upload(version, await makeFile({ version, seed: 3 }));
		await load({ version });
		expect(await serving()).toBe(version);
		const trial = (await gateway.stock()).models.find((model) => version === model.version);
		expect(trial).toMatchObject({ role: "live", trial: true });
		await restart();
		expect(await serving()).toBe(before);
		const failed = (await gateway.stock()).models.find((model) => version === model.version);
		expect(failed).toMatchObject({ role: "stored", failed: true, reason: expect.stringMatching(/trial/) });
		await gateway.request("DELETE", contentPath(version));
	});

	it("one that has passed its trial is there after a restart", async () => {
		const version = nextVersion();
		await upload(version, await makeFile({ version, seed: 4 }));
		await load({ version });
		expect(await serving()).toBe(version);
		const onTrial = async () => (await gateway.stock()).models.find((model) => version === model.version)?.trial;
		// 60 s of simulated time and the look that the gateway takes each half minute.
		await expect.poll(onTrial, { timeout: 30_000, interval: 200 }).toBe(false);
		await restart();
		expect(await serving()).toBe(version);
	});
});

/** A way to the gateway that breaks connections off after so many bytes, as often as there are numbers. */
class Breaker {
	readonly cuts: number[];
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	private constructor(server: Server, cuts: number[]) {
		this.#server = server;
		this.cuts = cuts;
		server.on("connection", (near) => {
			const far = connect(port, "127.0.0.1");
			let left = this.cuts.shift() ?? Number.POSITIVE_INFINITY;
			for (const socket of [near, far]) {
				this.#sockets.add(socket);
				socket.on("error", () => {});
				socket.on("close", () => {
					this.#sockets.delete(socket);
					near.destroy();
					far.destroy();
				});
			}
			near.on("data", (data: Buffer) => {
				far.write(data.subarray(0, left));
				left -= data.length;
				// What was passed on is to arrive.
				if (left <= 0) far.end(() => setTimeout(() => near.destroy(), 20));
			});
			far.on("data", (data) => near.write(data));
		});
	}

	static async start(cuts: number[]): Promise<Breaker> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		return new Breaker(server, cuts);
	}

	get gateway(): Gateway {
		const { port } = this.#server.address() as { port: number };
		return new Gateway({ address: new URL(`http://127.0.0.1:${port}`), token });
	}

	close(): void {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
	}
}

/** A file of many blocks of flash. */
const makeLong = (version: string) => {
	const random = createRandom(5);
	const filler = Uint8Array.from({ length: 50_000 }, () => Math.floor(256 * random()));
	return makeFile({
		version,
		seed: 5,
		change: (model) => ({ ...model, metadata: { ...model.metadata, FILLER: filler } }),
	});
};

const head = (version: string) => gateway.exchange({ method: "HEAD", path: contentPath(version) });

async function download(version: string): Promise<Buffer> {
	const response = await fetch(`${fleet.address}${contentPath(version)}`, {
		headers: { authorization: `Bearer ${token}`, connection: "close" },
	});
	expect(response.status).toBe(200);
	return Buffer.from(await response.arrayBuffer());
}

describe("uploads that break off", () => {
	it("go on where they stopped, wherever that was, and over restarts of the gateway", async () => {
		const version = nextVersion();
		const content = await makeLong(version);
		const random = createRandom(6);
		// An upload and the question where to go on, in turn.
		const cuts = Array.from({ length: 6 }, () => [
			Math.floor(1000 + 40_000 * random()),
			Number.POSITIVE_INFINITY,
		]).flat();
		const breaker = await Breaker.start(cuts);
		const waits: number[] = [];
		const from: number[] = [];
		await uploadModel({
			gateway: breaker.gateway,
			name: "gesture",
			version,
			content,
			onProgress: () => {},
			onRetry: (_reason, wait, at) => {
				waits.push(wait);
				from.push(at);
			},
			sleep: async () => {
				// The gateway has to see the end of the connection; every other time it dies besides.
				if (waits.length % 2) await restart();
				else await wait(100);
			},
		});
		breaker.close();
		expect(waits.length).toBeGreaterThan(2);
		expect([...from].sort((a, b) => a - b)).toEqual(from);
		expect(from.at(-1)).toBeGreaterThan(0);
		expect(Buffer.compare(await download(version), content)).toBe(0);
		await load({ version });
		expect(await serving()).toBe(version);
	});

	it("tell by HEAD how far they are, and take PATCH from just there", async () => {
		const version = nextVersion();
		const content = await makeLong(version);
		const breaker = await Breaker.start([30_000]);
		await expect(
			uploadModel({ gateway: breaker.gateway, name: "gesture", version, content, ...quick }),
		).rejects.toThrow("interrupted");
		breaker.close();
		await expect.poll(async () => Number((await head(version)).headers["upload-offset"])).toBeGreaterThan(0);
		const { headers } = await head(version);
		expect(headers).toMatchObject({ "upload-length": String(content.length), "upload-complete": "?0" });
		const offset = Number(headers["upload-offset"]);
		expect(offset).toBeLessThan(30_000);
		const patch = (at: number): Promise<Reply> =>
			gateway.exchange({
				method: "PATCH",
				path: contentPath(version),
				headers: {
					"content-type": "application/partial-upload",
					"content-length": content.length - at,
					"upload-offset": at,
					"upload-complete": "?1",
				},
				send: (request) => request.end(content.subarray(at)),
			});
		expect(await patch(offset + 1)).toMatchObject({ status: 409, headers: { "upload-offset": String(offset) } });
		expect(await patch(offset)).toMatchObject({ status: 201, headers: { "upload-complete": "?1" } });
		expect(Buffer.compare(await download(version), content)).toBe(0);
		await gateway.request("DELETE", contentPath(version));
		expect((await head(version)).status).toBe(404);
	});

	it("are given up after bounded waits when nothing moves any more", async () => {
		const waits: number[] = [];
		const lost = new Gateway({ address: new URL(`http://127.0.0.1:${await freePort()}`), token });
		const attempt = uploadModel({
			gateway: lost,
			name: "gesture",
			version: nextVersion(),
			content: new Uint8Array(10),
			onProgress: () => {},
			onRetry: (_reason, wait) => waits.push(wait),
			sleep: async () => {},
		});
		await expect(attempt).rejects.toThrow(UnreachableError);
		expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000]);
	});
});

it("a shadow runs on the windows that devices send, is compared, and serves when it is loaded", async () => {
	const live = nextVersion();
	const shadow = nextVersion();
	const files = [await makeFile({ version: live, seed: 21 }), await makeFile({ version: shadow, seed: 22 })] as const;
	await upload(live, files[0]);
	await load({ version: live });
	await upload(shadow, files[1]);
	await load({ version: shadow, shadow: true });
	expect(await serving()).toBe(live);

	await fleet.client.openPairing();
	const device = new DeviceClient({ id: "device-1", address: fleet.address });
	await device.join(() => fleet.client.accept(device.id));
	const windows = Array.from({ length: 12 }, (_, i) => makeWindow(50 + i));
	for (const [i, window] of windows.entries()) {
		expect(window.length).toBe(windowLength);
		expect((await device.infer(window, i + 1)).status).toBe(200);
	}
	device.close();
	const best = (scores: Uint8Array) => {
		const values = Array.from(labels, (_, i) => Buffer.from(scores).readFloatLE(4 * i));
		return values.indexOf(Math.max(...values));
	};
	const [ofLive, ofShadow] = [await runWindows(files[0], windows), await runWindows(files[1], windows)];
	const agreements = windows.filter((_, i) => best(ofLive[i]!) === best(ofShadow[i]!)).length;
	const report = () => gateway.request("GET", "/v2/models/gesture/shadow") as Promise<{ windows: number }>;
	await expect.poll(async () => (await report()).windows).toBe(12);
	expect(await report()).toMatchObject({ name: "gesture", version: shadow, against: live, agreements });
	expect(agreements).toBeLessThan(12);

	await load({ version: shadow });
	expect(await serving()).toBe(shadow);
	expect((await refused(gateway.request("GET", "/v2/models/gesture/shadow"))).status).toBe(404);
});

describe("npm run deploy", () => {
	const root = fileURLToPath(new URL("../..", import.meta.url));
	let folder: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "tmlaas-deploy-"));
	});
	afterAll(() => rm(folder, { recursive: true, force: true }));

	interface Printed {
		readonly code: number;
		readonly text: string;
	}

	function run(
		parameters: readonly string[],
		environment: Record<string, string> = { TMLAAS_TOKEN: token },
		name = "deploy",
	): Promise<Printed> {
		const { TMLAAS_TOKEN: _, ...rest } = process.env;
		const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
		const command = [tsx, "--tsconfig", "tools/tsconfig.json", `tools/cli/${name}.ts`, ...parameters];
		return new Promise<Printed>((resolve) => {
			execFile(process.execPath, command, { cwd: root, env: { ...rest, ...environment } }, (error, stdout, stderr) =>
				resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
			);
		});
	}

	async function write(name: string, content: Uint8Array | string): Promise<string> {
		const path = join(folder, name);
		await writeFile(path, content);
		return path;
	}

	it("says what serves now, and ends with 0", async () => {
		const before = await serving();
		const version = nextVersion();
		const file = await write("good.tflite", await makeFile({ version, seed: 31 }));
		const { code, text } = await run([file, "--gateway", fleet.address]);
		expect(text).toContain(`gesture ${version} serves now, in place of ${before}`);
		expect(code).toBe(0);
		expect(await serving()).toBe(version);
	});

	it("says why a model was refused, with the figures and what serves on, and ends with 1", async () => {
		const before = await serving();
		const version = nextVersion();
		const file = await write("golden.tflite", await makeFile({ version, seed: 32, change: changes.golden }));
		const { code, text } = await run([file, "--gateway", fleet.address]);
		expect(text).toMatch(/The gateway refused: golden vector 1 does not come out/);
		expect(text).toMatch(/ {2}golden: row 1, .*element 2, expected [\d.]+, actual [\d.]+/);
		expect(text).toContain(`Version ${before} serves on.`);
		expect(code).toBe(1);
		await gateway.request("DELETE", contentPath(version));
	});

	it("stores without loading, and runs as a shadow", async () => {
		const before = await serving();
		const version = nextVersion();
		const file = await write("stored.tflite", await makeFile({ version, seed: 33 }));
		expect(await run([file, "--gateway", fleet.address, "--no-load"])).toMatchObject({ code: 0 });
		const { code, text } = await run([file, "--gateway", fleet.address, "--shadow"]);
		expect([code, text]).toEqual([0, expect.stringContaining(`runs as a shadow beside ${before}`)]);
		expect(text).toContain("has the file already");
		expect(await serving()).toBe(before);
	});

	it("lets the firmware's own model serve again", async () => {
		const before = await serving();
		const own = await run(["models/gesture.tflite", "--gateway", fleet.address]);
		expect([own.code, own.text]).toEqual([
			0,
			expect.stringContaining(`gesture 1.0.0 serves now, in place of ${before}`),
		]);
		await load({ version: before });
	});

	it("has a list beside it, which takes versions away", async () => {
		const version = nextVersion();
		await upload(version, await makeFile({ version, seed: 34 }));
		const models = (...parameters: string[]) => run(["--gateway", fleet.address, ...parameters], undefined, "models");
		const list = await models();
		expect(list.code).toBe(0);
		expect(list.text).toMatch(/^gesture +1\.0\.0 +[\d,]+ bytes +built in +not loaded$/m);
		expect(list.text).toMatch(new RegExp(`^gesture +${await serving()} .* uploaded +serves(, on trial)?$`, "m"));
		expect(list.text).toMatch(/^flash +[\d,]+ of 188,416 bytes free/m);
		const removed = await models("--remove", `gesture/${version}`);
		expect([removed.code, removed.text.split("\n")[0]]).toEqual([0, `gesture ${version} is removed.`]);
		expect(removed.text).not.toMatch(new RegExp(`^gesture +${version} .*bytes`, "m"));
		expect(await models("--remove", `gesture/${version}`)).toMatchObject({ code: 1 });
		expect(await models("--remove", "gesture")).toMatchObject({ code: 2 });
	});

	it("tells a wrong token from none, and either from a gateway that is not there", async () => {
		const file = fileURLToPath(new URL("../../models/gesture.tflite", import.meta.url));
		const wrong = await run([file, "--gateway", fleet.address, "--token", "wrong"]);
		expect([wrong.code, wrong.text]).toEqual([1, expect.stringContaining("npm start")]);
		const none = await run([file, "--gateway", fleet.address], {});
		expect([none.code, none.text]).toEqual([2, expect.stringContaining("TMLAAS_TOKEN")]);
	});

	it("ends with 2 for what cannot be meant, and says why", async () => {
		const bare = await write("no-model.tflite", "hello");
		const cut = await write("cut.tflite", (await readFile(join(root, "models/gesture.tflite"))).subarray(0, 9000));
		for (const [parameters, reason] of [
			[[], /one model file/],
			[["a.tflite", "b.tflite"], /one (model file|word too many)/],
			[[join(folder, "nothing.tflite")], /nothing\.tflite: there is no such file/],
			[[folder], /this is a (directory|folder)/],
			[[bare], /no-model\.tflite.*no model/],
			[[cut], /cut\.tflite.*no model/],
			[[bare, "--gateway", "10.0.0.1"], /--gateway takes an address/],
			[[bare, "--shadow", "--no-load"], /exclude each other/],
			[[bare, "--fast"], /--fast/],
		] as const) {
			const { code, text } = await run(parameters);
			expect([parameters, code, text]).toEqual([parameters, 2, expect.stringMatching(reason)]);
		}
	});
});
