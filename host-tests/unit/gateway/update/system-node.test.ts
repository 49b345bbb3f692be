import { BootRecord } from "gateway/boot/boot-record";
import { type Boot, Supervisor } from "gateway/boot/supervisor";
import { System } from "gateway/boot/system";
import { Installer } from "gateway/update/installer";
import { trailerLength } from "gateway/update/trailer";
import { UpdateHistory } from "gateway/update/update-history";
import { describe, expect, it } from "vitest";
import { Gateway, MemoryStorage, request } from "../../web/gateway";
import type { Client, Reply } from "../../web/network";
import { createSHA256, expected, makeFirmware, makeImage } from "./images";

/** The other slot: bytes are appended; what it was before is there until the first one. */
class Flash {
	content = "what was there before";
	written: Buffer[] = [];
	opened = 0;
	closed = 0;
	completed = 0;
	/** Writes until one fails. */
	left = Number.POSITIVE_INFINITY;
	/** Whether the bootloader would refuse what was written. */
	refuses = false;

	open() {
		this.opened++;
		return {
			write: (bytes: Uint8Array) => {
				if (0 === this.left--) throw new Error("a sector is worn out");
				this.content = "";
				this.written.push(Buffer.from(bytes));
			},
			complete: () => {
				if (this.refuses) throw new Error("end failed");
				this.completed++;
			},
			close: () => {
				this.closed++;
			},
		};
	}
}

class Bench {
	readonly flash = new Flash();
	readonly storage = new MemoryStorage();
	readonly gateway: Gateway;
	readonly system: System;
	readonly supervisor: Supervisor;
	restarts = 0;
	changes = 0;
	provisions = 0;

	constructor({ pending = false } = {}) {
		const now = () => this.gateway?.network.now ?? 0;
		const boot: Boot = {
			...{ slot: "ota_0", pending, reason: "power" },
			...{ confirm() {}, watch() {}, feed() {} },
			rollback: () => {
				throw new Error("not here");
			},
			restart: () => {
				this.restarts++;
				return undefined as never;
			},
		};
		const record = new BootRecord(this.storage, { slot: "ota_0", reason: "power", noted: 0 });
		const history = new UpdateHistory({ storage: this.storage, running: boot });
		this.supervisor = new Supervisor({
			...{ boot, record, history, now },
			lack: () => undefined,
			isBusy: () => installer.busy,
			onChange() {},
		});
		const installer = new Installer({
			...{ expected, history, createHash: createSHA256 },
			open: () => this.flash.open(),
			isOnTrial: () => this.supervisor.isOnTrial,
			onChange: () => this.changes++,
		});
		this.system = new System({
			...{ name: "hall", version: "0.1.0", mode: "serve", boot, record, history, installer },
			supervisor: this.supervisor,
			wifi: () => ({ state: "connected", ssid: "home", rssi: -60, address: "10.0.0.1", failure: null }),
			notices: ["the broker's address makes no sense: the cloud is off"],
			provision: () => this.provisions++,
		});
		this.gateway = new Gateway(this.system.routes);
	}

	head(bytes: Uint8Array, more: Record<string, string> = {}): string {
		return request("PUT", "/api/v1/firmware", {
			Authorization: `Bearer ${this.gateway.admin}`,
			"Content-Type": "application/octet-stream",
			"Content-Length": String(bytes.length),
			...more,
		});
	}

	async begin(bytes: Uint8Array, count: number): Promise<Client> {
		const client = await this.gateway.connect();
		client.send(this.head(bytes));
		client.send(bytes.subarray(0, count));
		this.gateway.network.advance(50);
		return client;
	}

	answer(client: Client): Reply {
		for (let i = 0; i < 100; i++) {
			const reply = client.reply();
			if (reply) {
				client.end();
				return reply;
			}
			this.gateway.network.advance(1);
		}
		throw new Error("no answer");
	}

	async put(bytes: Uint8Array): Promise<{ status: number; body: Record<string, unknown> }> {
		const reply = this.answer(await this.begin(bytes, bytes.length));
		return { status: reply.status, body: JSON.parse(reply.text) };
	}

	async call(method: string, path: string, body = "", token = this.gateway.admin): Promise<Reply> {
		const headers = { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) };
		return this.gateway.ask(request(method, path, headers, body));
	}

	async status() {
		return JSON.parse((await this.call("GET", "/api/v1/system")).text);
	}

	/** A second of the main loop. */
	tick(seconds: number): void {
		for (let i = 0; i < seconds; i++) {
			this.gateway.network.advance(1000);
			this.supervisor.tick();
		}
	}
}

describe("GET /api/v1/system", () => {
	it("tells what the contract says", async () => {
		const bench = new Bench();
		bench.tick(7);
		expect(await bench.status()).toEqual({
			...{ name: "hall", version: "0.1.0", mode: "serve", uptime: 7, reason: "power", failedBoots: 0 },
			wifi: { state: "connected", ssid: "home", rssi: -60, address: "10.0.0.1", failure: null },
			firmware: {
				...{ slot: "ota_0", state: "valid", confirmIn: null, last: null },
				room: expected.room + trailerLength,
			},
			notices: ["the broker's address makes no sense: the cloud is off"],
		});
		expect((await bench.gateway.ask(request("GET", "/api/v1/system"))).status).toBe(401);
	});

	it("with a store that takes nothing more – says that starts are not counted", async () => {
		const bench = new Bench();
		bench.storage.write = () => {
			throw new Error("no room");
		};
		bench.tick(61);
		expect((await bench.status()).notices).toEqual([
			"the broker's address makes no sense: the cloud is off",
			"starts are not counted: no room",
		]);
	});

	it("on trial – pending, and when it will be confirmed", async () => {
		const bench = new Bench({ pending: true });
		bench.tick(11);
		expect((await bench.status()).firmware).toMatchObject({ state: "pending", confirmIn: 50 });
		expect(bench.system.line).toBe("trial 50 s");
		bench.tick(50);
		expect(bench.system.line).toBe("");
	});
});

describe("PUT /api/v1/firmware", () => {
	it("takes what is right, and restarts when the answer is on its way", async () => {
		const bench = new Bench();
		const file = makeFirmware({ segments: [50_000, 16] });
		const { status, body } = await bench.put(file);
		expect({ status, body }).toEqual({ status: 202, body: { version: "0.2.0", restartsIn: 2 } });
		expect(Buffer.concat(bench.flash.written).equals(makeImage({ segments: [50_000, 16] }))).toBe(true);
		expect(bench.flash).toMatchObject({ opened: 1, completed: 1, closed: 1 });
		expect(bench.storage.entries.get("update")).toBe("trial 0.2.0 ota_0 -");
		expect(bench.restarts).toBe(0);
		expect((await bench.put(file)).body.reason).toBe("busy");
		bench.tick(3);
		expect(bench.restarts).toBeGreaterThan(0);
		expect(bench.gateway.errors).toEqual([]);
	});

	it.each([
		["wrong-chip", 422, makeFirmware({ chip: 9 })],
		["wrong-product", 422, makeFirmware({ product: "wearable" })],
		["not-an-image", 422, Buffer.alloc(4000, 7)],
		["not-newer", 409, makeFirmware({ version: "0.1.0" })],
		["signature", 422, makeImage()],
		["truncated", 400, makeFirmware().subarray(0, 800)],
		["too-large", 413, makeFirmware({ segments: [0x10_0000] })],
		["hash", 422, makeFirmware().map((byte, at) => (100 === at ? byte ^ 1 : byte))],
	])(
		"%s – %i, told until the next restart; nothing is switched, and the next one may come",
		async (reason, status, file) => {
			const bench = new Bench();
			const refused = await bench.put(file);
			expect(refused.status).toBe(status);
			expect(refused.body).toMatchObject({ status, reason });
			expect(bench.flash.completed).toBe(0);
			expect(bench.flash.closed).toBe(bench.flash.opened);
			expect(bench.storage.entries.has("update")).toBe(false);
			expect(bench.changes).toBe(1);
			const { last } = (await bench.status()).firmware;
			expect(last).toEqual({ version: expect.any(String), outcome: "refused", reason, detail: refused.body.detail });
			expect((await bench.put(makeFirmware())).status).toBe(202);
		},
	);

	it("for another chip – nothing is opened or erased, though the file is long", async () => {
		const bench = new Bench();
		const file = makeFirmware({ chip: 9, segments: [500_000] });
		const client = await bench.begin(file, 1000);
		expect(bench.answer(client).status).toBe(422);
		expect(bench.flash.opened).toBe(0);
		expect(bench.flash.content).toBe("what was there before");
	});

	it("a second one meanwhile – busy, and the first goes on", async () => {
		const bench = new Bench();
		const file = makeFirmware({ segments: [50_000] });
		const client = await bench.begin(file, 20_000);
		const second = await bench.put(file);
		expect(second).toMatchObject({ status: 409, body: { reason: "busy" } });
		client.send(file.subarray(20_000));
		expect(bench.answer(client).status).toBe(202);
	});

	it("breaks off – nothing is switched, and the next one may come", async () => {
		const bench = new Bench();
		const file = makeFirmware({ segments: [50_000] });
		for (const count of [0, 10, 1000, 50_000]) {
			const client = await bench.begin(file, count);
			client.end();
			bench.gateway.network.advance(20_000);
			expect(bench.flash).toMatchObject({ completed: 0, closed: bench.flash.opened });
		}
		expect((await bench.status()).firmware.last).toBeNull();
		bench.flash.written.length = 0;
		expect((await bench.put(file)).status).toBe(202);
	});

	it("stands still – given up, and the next one may come", async () => {
		const bench = new Bench();
		const file = makeFirmware({ segments: [50_000] });
		await bench.begin(file, 10_000);
		bench.gateway.network.advance(20_000);
		expect(bench.flash.closed).toBe(1);
		bench.flash.written.length = 0;
		expect((await bench.put(file)).status).toBe(202);
	});

	it("while what runs is on trial – busy: the other slot is what it would go back to", async () => {
		const bench = new Bench({ pending: true });
		expect(await bench.put(makeFirmware())).toMatchObject({ status: 409, body: { reason: "busy" } });
		expect(bench.flash.opened).toBe(0);
		bench.tick(62);
		expect((await bench.put(makeFirmware())).status).toBe(202);
	});

	it("into a flash that is worn out – refused, and nothing is switched", async () => {
		const bench = new Bench();
		bench.flash.left = 20;
		expect(await bench.put(makeFirmware({ segments: [50_000] }))).toMatchObject({
			status: 500,
			body: { reason: "flash" },
		});
		expect(bench.flash).toMatchObject({ completed: 0, closed: 1 });
	});

	it("that the bootloader would not start – refused, and forgotten by the record", async () => {
		const bench = new Bench();
		bench.flash.refuses = true;
		expect(await bench.put(makeFirmware())).toMatchObject({ status: 422, body: { reason: "hash", version: "0.2.0" } });
		expect(bench.storage.entries.has("update")).toBe(false);
		bench.flash.refuses = false;
		expect((await bench.put(makeFirmware())).status).toBe(202);
	});

	it("in chunks, without a length", async () => {
		const bench = new Bench();
		const file = makeFirmware({ segments: [3000] });
		const client = await bench.gateway.connect();
		client.send(
			request("PUT", "/api/v1/firmware", {
				Authorization: `Bearer ${bench.gateway.admin}`,
				"Content-Type": "application/octet-stream",
				"Transfer-Encoding": "chunked",
			}),
		);
		client.send(Buffer.concat([Buffer.from(`${file.length.toString(16)}\r\n`), file, Buffer.from("\r\n0\r\n\r\n")]));
		expect(bench.answer(client).status).toBe(202);
	});

	it("is for admins alone, and for bytes alone", async () => {
		const bench = new Bench();
		const file = makeFirmware();
		const train = bench.gateway.tokens.add("trainer", "train");
		for (const [more, status] of [
			[{ Authorization: `Bearer ${train}` }, 403],
			[{ "Content-Type": "application/json" }, 415],
			[{ Origin: "http://evil.example" }, 403],
		] as const) {
			const client = await bench.gateway.connect();
			client.send(bench.head(file, more));
			expect(bench.answer(client).status).toBe(status);
		}
		const client = await bench.gateway.connect();
		client.send(bench.head(new Uint8Array(0)));
		expect(bench.answer(client).status).toBe(400);
		expect(bench.flash.opened).toBe(0);
	});
});

describe("POST /api/v1/system/restart", () => {
	it.each([
		["", 0],
		['{"mode":"serve"}', 0],
		['{"mode":"provision"}', 1],
	])("%j – restarts a little later", async (body, provisions) => {
		const bench = new Bench();
		expect((await bench.call("POST", "/api/v1/system/restart", body)).status).toBe(202);
		expect(bench.restarts).toBe(0);
		bench.tick(3);
		expect(bench.restarts).toBeGreaterThan(0);
		expect(bench.provisions).toBe(provisions);
	});

	it.each(['{"mode":"sideways"}', '{"mode":1}', "[]", "{"])("%j – refused", async (body) => {
		const bench = new Bench();
		expect((await bench.call("POST", "/api/v1/system/restart", body)).status).toBe(400);
		bench.tick(5);
		expect(bench.restarts).toBe(0);
	});

	it("waits for an update that is under way", async () => {
		const bench = new Bench();
		const file = makeFirmware({ segments: [50_000] });
		const client = await bench.begin(file, 20_000);
		await bench.call("POST", "/api/v1/system/restart");
		bench.tick(5);
		expect(bench.restarts).toBe(0);
		client.send(file.subarray(20_000));
		expect(bench.answer(client).status).toBe(202);
		bench.tick(1);
		expect(bench.restarts).toBe(1);
	});
});
