/** Firmware over the air, on a simulated gateway with two slots: what is refused, what is taken back, and safe mode. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Gateway, UnreachableError } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { publicDigits } from "../../tools/firmware-image/publisher-key";
import { signFirmware } from "../../tools/firmware-image/signed-firmware";
import { buildPage } from "../../tools/page/build";
import { type Application, buildApplication } from "../../tools/simulator/application";
import { writeFirmware } from "../../tools/simulator/bootloader/firmware";
import { Chip, dataAddress, writeDescription, writeImage } from "../../tools/simulator/bootloader/image";
import { root } from "../../tools/simulator/paths";
import { type ChipOptions, Simulator } from "../../tools/simulator/simulator";
import { publisher } from "../unit/gateway/update/images";
import { Feed } from "./feed";
import { makeFile, makeWindow } from "./model-files";
import { freePort } from "./ports";

const token = "operator";
const key = publicDigits(publisher);
const product = "gateway";
/** Power cuts while a file comes in; `CUTS` in the environment asks for more or fewer. */
const cutsInBody = Number(process.env.CUTS ?? 4);
/** Of the gateway's clock: a minute takes two seconds. */
const speed = 30;

const folder = mkdtempSync(join(tmpdir(), "firmware-"));
/** The gateway's app, with the publisher's key compiled in. */
const app = join(folder, "manifest.json");
writeFileSync(
	app,
	JSON.stringify({
		build: { NAME: "gateway" },
		include: [join(root, "manifest.json")],
		config: { gateway: { firmwareKey: key } },
	}),
);

let simulator: Simulator;
let gateway: Gateway;
let log: string[];
let restarts: number;
let cuts: number;
let started = 0;

beforeAll(async () => {
	await buildPage();
	// What is built for the first start takes longer than a test may.
	await start();
	await simulator.close();
}, 300_000);

afterEach(() => simulator?.close());
afterAll(() => rmSync(folder, { recursive: true }));

async function start({
	storage = {},
	chips = [{ chip: "ssd1306", bus: "i2c", address: 0x3c }],
}: {
	storage?: Record<string, Record<string, string>>;
	chips?: ChipOptions[];
} = {}): Promise<void> {
	const port = await freePort();
	const directory = join(folder, `board-${++started}`);
	mkdirSync(directory);
	log = [];
	simulator = await Simulator.start({ build: "release", speed });
	simulator.on("log", ({ text }) => log.push(text));
	restarts = 0;
	cuts = 0;
	simulator.on("exit", ({ cause, reason, message }) => {
		log.push(`${cause}: ${message}`);
		if ("restart" === cause) restarts++;
		if ("power" === reason) cuts++;
	});
	await simulator.add({
		name: "gateway",
		app,
		directory,
		restarts: true,
		storage: { operator: { token }, ...storage, gateway: { port, name: "gateway", ...storage.gateway } },
		chips,
	});
	gateway = new Gateway({ address: new URL(`http://127.0.0.1:${port}`), token });
	await until(() => true);
}

interface System {
	readonly version: string;
	readonly mode: string;
	readonly reason: string;
	readonly failedBoots: number;
	readonly notices: readonly string[];
	readonly firmware: { slot: string; state: string; last: { outcome: string; reason: string; detail: string } | null };
}

const system = async () => (await gateway.request("GET", "/api/v1/system")) as System;

/** The first of what the gateway says of itself that will do; it may be away in between. */
async function until(condition: (system: System) => boolean): Promise<System> {
	let latest: System | undefined;
	for (const end = Date.now() + 60_000; Date.now() < end; await wait(50))
		try {
			latest = await system();
			if (condition(latest)) return latest;
		} catch (error) {
			if (!(error instanceof UnreachableError)) throw error;
		}
	throw new Error(`${JSON.stringify(latest)}\n${log.slice(-20).join("\n")}`);
}

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Firmware whose modules were changed, as texts of JavaScript. */
async function build(
	version: string,
	{ change, chip }: { change?: (modules: Record<string, string>) => void; chip?: number } = {},
): Promise<Uint8Array> {
	const {
		modules: paths,
		resources,
		config,
		...rest
	} = JSON.parse(readFileSync(await buildApplication(app), "utf8")) as Application & { config: { gateway: object } };
	const modules = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, readFileSync(path, "utf8")]));
	change?.(modules);
	const encode = (text: string) => new TextEncoder().encode(text);
	const image = writeFirmware({
		...{ name: rest.name, main: rest.main, preload: rest.preload, creation: rest.creation, version, encode, chip },
		config: { ...config, gateway: { ...config.gateway, version } },
		modules: Object.fromEntries(Object.entries(modules).map(([name, text]) => [name, encode(text)])),
		resources: Object.fromEntries(Object.entries(resources).map(([name, path]) => [name, readFileSync(path)])),
		hash,
	});
	return signFirmware(image, { product, version, key: publisher });
}

/** Replaces what stands once in a module. */
function replace(modules: Record<string, string>, name: string, from: string, to: string): void {
	expect(modules[name]!.split(from), `${name}: ${from}`).toHaveLength(2);
	modules[name] = modules[name]!.replace(from, to);
}

async function put(file: Uint8Array): Promise<{ status: number; reason?: string; version?: string }> {
	const { status, text } = await gateway.exchange({
		method: "PUT",
		path: "/api/v1/firmware",
		headers: { "content-type": "application/octet-stream", "content-length": file.length },
		send: (request) => request.end(file),
		timeout: 30_000,
	});
	return { status, ...JSON.parse(text) };
}

const isRunning = (version: string, state: string) => (system: System) =>
	version === system.version && state === system.firmware.state;

/** Installs and waits until it has been taken back; gives what is told of it. */
async function takenBack(file: Uint8Array, version: string): Promise<{ outcome: string; reason: string }> {
	expect(await put(file)).toMatchObject({ status: 202, version });
	const { firmware } = await until(
		({ version, firmware }) => "0.1.0" === version && "rolled-back" === firmware.last?.outcome,
	);
	expect(firmware).toMatchObject({ slot: "ota_0", state: "valid" });
	expect(firmware.last).toMatchObject({ version });
	return firmware.last!;
}

describe("an update", () => {
	it("that is right – runs on trial, serves for a minute, stays; the command and the feed tell so", async () => {
		await start();
		const path = join(folder, "gateway.bin");
		writeFileSync(path, await build("0.2.0"));
		const command = promisify(execFile)(
			process.execPath,
			["--import", "tsx", join(root, "tools/cli/update.ts"), path, "--gateway", gateway.address.origin],
			{ cwd: root, env: { ...process.env, TMLAAS_TOKEN: token, TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json") } },
		);
		const trial = await until(isRunning("0.2.0", "pending"));
		expect(trial.firmware).toMatchObject({ slot: "ota_1", confirmIn: expect.any(Number), last: null });
		expect(trial.reason).toBe("restart");
		const feed = await Feed.open(gateway.address.origin, token);
		expect((await put(await build("0.3.0"))).reason).toBe("busy");
		const { stdout } = await command;
		expect(stdout).toContain("Sending 0.2.0");
		expect(stdout).toMatch(/0\.2\.0 has served for a minute and is confirmed\.\n$/);
		const { firmware, failedBoots } = await system();
		expect(firmware).toMatchObject({ slot: "ota_1", state: "valid", last: { outcome: "installed" } });
		expect(failedBoots).toBe(0);
		await expect.poll(() => feed.of("system").length).toBeGreaterThan(0);
		feed.close();
		// And back again: the other slot takes the next one.
		expect((await put(await build("0.3.0"))).status).toBe(202);
		await until(isRunning("0.3.0", "valid"));
		await simulator.reset("gateway", "power");
		expect((await until(({ reason }) => "power" === reason)).version).toBe("0.3.0");
	});

	it("that is none of these – refused with the reason, and what runs goes on", async () => {
		await start();
		const good = await build("0.2.0");
		const flipped = (at: number) => good.map((byte, i) => (i === at ? byte ^ 4 : byte));
		for (const [reason, file] of [
			["wrong-chip", await build("0.2.0", { chip: 9 })],
			["truncated", good.subarray(0, 200_000)],
			["hash", flipped(100_000)],
			["signature", flipped(good.length - 1)],
			["signature", good.subarray(0, -168)],
			["not-newer", await build("0.0.9")],
			["not-newer", await build("0.1.0")],
			["wrong-product", signFirmware(good, { product: "wearable", version: "0.2.0", key: publisher })],
			["not-an-image", Buffer.alloc(10_000, 0x42)],
			["too-large", Buffer.concat([good, Buffer.alloc(2_000_000)])],
		] as const) {
			expect((await put(file)).reason).toBe(reason);
			const { version, firmware } = await system();
			expect(version).toBe("0.1.0");
			expect(firmware).toMatchObject({ slot: "ota_0", state: "valid", last: { outcome: "refused", reason } });
		}
		await simulator.reset("gateway", "button");
		const { version, firmware } = await until(({ reason }) => "button" === reason);
		expect(version).toBe("0.1.0");
		expect(firmware).toMatchObject({ slot: "ota_0", last: null });
	});

	it("that no firmware is, though its image is sound – taken back, and why is told", async () => {
		await start();
		const image = writeImage({
			chip: Chip.esp32,
			segments: [{ base: dataAddress, bytes: writeDescription({ version: "0.2.0", project: "another" }) }],
			hash,
		});
		const file = signFirmware(image, { product, version: "0.2.0", key: publisher });
		expect(await takenBack(file, "0.2.0")).toMatchObject({ reason: "panic" });
	});

	it("that crashes as it starts – taken back", async () => {
		await start();
		const file = await build("0.2.0", {
			change: (modules) => {
				modules.main = `throw new Error("not today");`;
			},
		});
		expect(await takenBack(file, "0.2.0")).toMatchObject({ reason: "panic" });
	});

	it("that cannot be put together – gives itself up, and is taken back", async () => {
		await start();
		const file = await build("0.2.0", {
			change: (modules) => replace(modules, "gateway/serve", `path: "captures"`, `path: "recordings"`),
		});
		expect(await takenBack(file, "0.2.0")).toMatchObject({ reason: "exception" });
	});

	it("that does not find into the network – gives itself up in time, and is taken back", async () => {
		await start();
		expect((await put(await build("0.2.0"))).status).toBe(202);
		await simulator.air("gateway", { networks: [] });
		// One into the new firmware, one back.
		await expect.poll(() => restarts, { timeout: 60_000 }).toBe(2);
		await simulator.air("gateway", { networks: [{ ssid: "simulated", password: "in the air" }] });
		const { version, firmware } = await until(() => true);
		expect(version).toBe("0.1.0");
		expect(firmware.last).toMatchObject({ version: "0.2.0", outcome: "rolled-back", reason: "no-network" });
	});

	it("whose inference does not return – the watchdog ends it, it is taken back, and the command says so", async () => {
		await start();
		const path = join(folder, "hangs.bin");
		const file = await build("0.2.0", {
			change: (modules) => replace(modules, "gateway/inference/model", "this.#engine.invoke()", "for (;;);"),
		});
		writeFileSync(path, file);
		const command = promisify(execFile)(
			process.execPath,
			["--import", "tsx", join(root, "tools/cli/update.ts"), path, "--gateway", gateway.address.origin],
			{ cwd: root, env: { ...process.env, TMLAAS_TOKEN: token, TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json") } },
		);
		await expect(command).rejects.toMatchObject({
			code: 1,
			stderr: expect.stringMatching(/^0\.2\.0 was taken back: .*watchdog.* \(watchdog\)\. 0\.1\.0 runs\.$/m),
		});
		expect((await system()).firmware.last).toMatchObject({ outcome: "rolled-back", reason: "watchdog" });
	});
});

it("the power cut at each of an update's last operations, and at some before – the old one or the new one serves, and a retry succeeds", async () => {
	const file = await build("0.2.0");
	const operations = async () => (await simulator.wear("gateway")).operations;
	await start();
	const before = await operations();
	expect((await put(file)).status).toBe(202);
	const switched = (await operations()) - before;
	await until(isRunning("0.2.0", "valid"));
	const all = (await operations()) - before;
	await simulator.close();
	// The body's are alike; behind it come the records, the bootloader's and those of the first start.
	const places = Array.from({ length: cutsInBody }, (_, i) => 1 + Math.floor((i * (switched - 6)) / cutsInBody));
	for (let nth = switched - 5; nth <= all; nth++) places.push(nth);
	const told = new Map<string, number>();
	for (const nth of places)
		for (const how of ["before", "torn"] as const) {
			await start();
			await simulator.cutPower("gateway", { nth, how });
			await put(file).catch((error: unknown) => {
				if (!(error instanceof UnreachableError)) throw error;
			});
			await expect.poll(() => cuts, { timeout: 20_000 }).toBe(1);
			const place = `operation ${nth} of ${switched} and ${all}, ${how}`;
			const { version, mode, firmware } = await until(() => true);
			expect(mode, place).toBe("serve");
			const { slot, state, last } = firmware;
			expect([version, slot], place).toEqual("ota_0" === slot ? ["0.1.0", "ota_0"] : ["0.2.0", "ota_1"]);
			const outcome = last ? `${last.outcome} ${last.reason}`.trim() : "nothing";
			told.set(`${version} ${state}: ${outcome}`, (told.get(`${version} ${state}: ${outcome}`) ?? 0) + 1);
			if ("ota_0" === slot) {
				expect(["nothing", "refused interrupted", "rolled-back power"], place).toContain(outcome);
				expect((await put(file)).status, place).toBe(202);
			}
			await until(({ version }) => "0.2.0" === version);
			await simulator.close();
		}
	console.log(
		`${places.length} places in ${all} operations, ${switched} before the restart:`,
		Object.fromEntries(told),
	);
	expect(told.get("0.1.0 valid: refused interrupted")).toBeGreaterThan(0);
	expect(told.get("0.1.0 valid: rolled-back power")).toBeGreaterThan(0);
}, 900_000);

describe("safe mode", () => {
	it("after ten starts that did not last – lets itself be updated, and serves again", async () => {
		await start();
		for (let i = 0; i < 10; i++) {
			const { failedBoots, mode } = await until(({ failedBoots }) => i === failedBoots);
			expect([failedBoots, mode]).toEqual([i, "serve"]);
			await simulator.reset("gateway", "brownout");
		}
		const safe = await until(({ mode }) => "safe" === mode);
		expect(safe).toMatchObject({ failedBoots: 10, reason: "brownout", version: "0.1.0" });
		// Nothing of what may have been why.
		expect((await gateway.exchange({ method: "GET", path: "/v2/health/ready" })).status).toBe(404);
		expect((await gateway.exchange({ method: "GET", path: "/api/v1/devices" })).status).toBe(404);
		// The page comes, and finds in the feed what it looks for.
		expect((await fetch(gateway.address)).headers.get("content-type")).toContain("text/html");
		const feed = await Feed.open(gateway.address.origin, token);
		expect(feed.of("snapshot")[0]!.data).toMatchObject({ devices: [], system: { mode: "safe" } });
		feed.close();
		expect((await put(await build("0.2.0"))).status).toBe(202);
		const { mode, failedBoots, firmware } = await until(isRunning("0.2.0", "valid"));
		expect([mode, failedBoots]).toEqual(["serve", 0]);
		expect(firmware.last).toMatchObject({ outcome: "installed" });
		expect((await gateway.exchange({ method: "GET", path: "/v2/health/ready" })).status).toBe(200);
	});

	it("ends by a restart, or by itself after five minutes", async () => {
		await start({ storage: { boot: { failures: "10" } } });
		// A switch that somebody has turned counts one back.
		await simulator.reset("gateway", "brownout");
		await until(({ mode, reason }) => "safe" === mode && "brownout" === reason);
		await gateway.request("POST", "/api/v1/system/restart", {});
		await until(({ mode, reason }) => "serve" === mode && "restart" === reason);
		for (let i = 0; i < 10; i++) {
			await simulator.reset("gateway", "brownout");
			await until(({ reason, failedBoots }) => "brownout" === reason && i + 1 === failedBoots);
		}
		expect((await system()).mode).toBe("safe");
		await until(({ mode }) => "serve" === mode);
	});

	it("ends by the button: a press serves again, a long one leads to another network", async () => {
		await start({ storage: { boot: { failures: "10" } } });
		await simulator.reset("gateway", "brownout");
		await until(({ mode, reason }) => "safe" === mode && "brownout" === reason);
		await simulator.press("gateway", 0, 200);
		await until(({ mode, reason }) => "serve" === mode && "restart" === reason);
		for (let i = 0; i < 10; i++) {
			await simulator.reset("gateway", "brownout");
			await until(({ reason, failedBoots }) => "brownout" === reason && i + 1 === failedBoots);
		}
		expect((await system()).mode).toBe("safe");
		await simulator.press("gateway", 0, 6000);
		await expect.poll(() => log.join("\n"), { timeout: 20_000 }).toContain("own network: ");
	});

	it("when a part is missing – says which", async () => {
		await start();
		const file = await build("0.2.0", {
			// Only once it has been confirmed.
			change: (modules) =>
				replace(modules, "gateway/serve", `path: "captures"`, `path: boot.pending ? "captures" : "gone"`),
		});
		expect((await put(file)).status).toBe(202);
		await until(isRunning("0.2.0", "valid"));
		await simulator.reset("gateway", "power");
		const { notices, failedBoots } = await until(({ mode }) => "safe" === mode);
		expect(notices.join()).toContain("the gateway could not start: ");
		expect(failedBoots).toBe(10);
	});
});

it("a panel that does not answer – it serves", async () => {
	await start({ chips: [] });
	expect(log.join("\n")).toContain("no panel: ");
	expect(await system()).toMatchObject({ mode: "serve", failedBoots: 0 });
	expect((await gateway.exchange({ method: "GET", path: "/v2/health/ready" })).status).toBe(200);
});

it("settings that make no sense – it serves without them, and says so", async () => {
	await start({ storage: { gateway: { name: "two words" }, cloud: { broker: "http://nowhere" } } });
	const { notices, mode } = await system();
	expect(mode).toBe("serve");
	expect(notices).toEqual([expect.stringContaining("name has"), expect.stringContaining("broker is not")]);
});

it("a confirmed model under which the watchdog ends the gateway three times – set aside, and the one before serves", async () => {
	await start();
	// An engine that hangs on one window of one version.
	const file = await build("0.2.0", {
		change: (modules) =>
			replace(
				modules,
				"gateway/inference/model",
				"this.#engine.invoke()",
				`if ("1.1.0" === this.version && 77 === this.inputBytes[0][0] && 77 === this.inputBytes[0][1]) for (;;); this.#engine.invoke()`,
			),
	});
	expect((await put(file)).status).toBe(202);
	await until(isRunning("0.2.0", "valid"));
	const content = await makeFile({ version: "1.1.0", seed: 1 });
	await uploadModel({
		gateway,
		name: "gesture",
		version: "1.1.0",
		content,
		onProgress() {},
		onRetry() {},
		sleep: wait,
	});
	await gateway.request("POST", "/v2/repository/models/gesture/load", { parameters: { version: "1.1.0" } });
	const infer = async (window: Buffer): Promise<string> => {
		const { headers, text } = await gateway.exchange({
			method: "POST",
			path: "/v2/models/gesture/infer",
			headers: {
				"content-type": "application/octet-stream",
				"content-length": window.length,
				"inference-header-content-length": "0",
			},
			send: (request) => request.end(window),
		});
		return JSON.parse(text.slice(0, Number(headers["inference-header-content-length"]))).model_version;
	};
	expect(await infer(makeWindow(1))).toBe("1.1.0");
	const status = async () => (await gateway.stock()).models.find(({ version }) => "1.1.0" === version);
	await expect.poll(async () => (await status())?.trial, { timeout: 20_000 }).toBe(false);
	const deadly = makeWindow(1);
	deadly.fill(77, 0, 2);
	for (let i = 0; i < 3; i++) {
		await expect(infer(deadly)).rejects.toThrow(UnreachableError);
		await until(({ reason }) => "watchdog" === reason);
		expect((await status())?.role).toBe(i < 2 ? "live" : "stored");
	}
	expect(await infer(deadly)).toBe("1.0.0");
	expect(await status()).toMatchObject({ failed: true, reason: expect.stringContaining("while it computed") });
	expect(log.join("\n")).toContain("again and again while the version computed");
});
