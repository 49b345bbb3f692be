/** A gateway that is told its network: by its portal, by the serial line, and again after a long press. */
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import packet from "dns-packet";
import { Cell, glyphColumn } from "drivers/font";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { panel } from "../../tools/simulator/fleet";
import { type Air, type Exit, type MachineOptions, Simulator } from "../../tools/simulator/simulator";
import { freePort } from "./ports";

const app = fileURLToPath(new URL("../../manifest.json", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "provisioning-test-"));
afterAll(() => rmSync(temporary, { recursive: true }));

/** The button of the board. */
const button = 0;
const patience = { timeout: 30_000, interval: 50 };
const hostile = `"quo'te" <img onerror> é😀`;
const password = `p"a's<s>&w;\\ör`;
const air: Air = {
	networks: [
		{ ssid: hostile, password, strength: -40 },
		{ ssid: "weak", password: "12345678", strength: -85 },
		{ ssid: "open", strength: -60 },
		{ ssid: "no addresses", dhcp: false, strength: -70 },
	],
};

let simulator: Simulator;
let exits: Exit[];
let lines: string[];
let udp: number;
let port: number;
let address: string;
let serial: number[];
let directories = 0;
beforeEach(async () => {
	exits = [];
	lines = [];
	serial = [];
	port = await freePort();
	address = `http://127.0.0.1:${port}`;
	simulator = await Simulator.start({ speed: 10, progress: () => {} });
	simulator.on("exit", (exit) => exits.push(exit));
	simulator.on("log", ({ text }) => lines.push(text));
	simulator.on("serial", ({ bytes }) => serial.push(...bytes));
	simulator.on("listening", (listening) => {
		if ("udp" === listening.protocol) udp = listening.port;
	});
});
afterEach(() => simulator.close());

const start = (options: Partial<MachineOptions> = {}) =>
	simulator.add({
		name: "gateway",
		app,
		directory: join(temporary, `${++directories}`),
		storage: { gateway: { name: "kitchen", port } },
		chips: [panel],
		restarts: true,
		...options,
	});

const said = (pattern: RegExp) => expect.poll(() => lines.join("\n"), patience).toMatch(pattern);
const page = async () => (await fetch(`${address}/`)).text();
const shows = (text: string) => expect.poll(() => page().catch(String), patience).toContain(text);
const post = (path: string, form: Record<string, string> = {}) =>
	fetch(address + path, {
		method: "POST",
		body: new URLSearchParams(form),
		redirect: "manual",
		headers: { origin: address },
	});
const ready = () =>
	expect
		.poll(
			() =>
				fetch(`${address}/v2/health/ready`, { redirect: "manual" }).then(
					({ status }) => status,
					() => 0,
				),
			patience,
		)
		.toBe(200);

async function api(token: string, method: string, path: string, body?: unknown) {
	const response = await fetch(address + path, {
		method,
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" },
		body: undefined === body ? null : JSON.stringify(body),
	});
	const text = await response.text();
	return { status: response.status, body: text ? JSON.parse(text) : undefined };
}

/** What one reads on the panel: four lines of ten characters. */
async function read(): Promise<string[]> {
	const rows = (await simulator.chip("gateway", panel.bus, panel.address!, { do: "rows" })) as string[];
	const cell = (columns: readonly number[]) => columns.join();
	const glyphs = new Map<string, string>();
	for (let code = 126; code >= 32; code--)
		glyphs.set(cell(Array.from({ length: Cell.width }, (_, x) => glyphColumn(code, x))), String.fromCharCode(code));
	return Array.from({ length: 4 }, (_, line) =>
		Array.from({ length: 10 }, (_, at) => {
			const columns = Array.from({ length: Cell.width }, (_, x) => {
				let dots = 0;
				for (let y = 0; y < 8; y++) if ("#" === rows[8 * line + y]![at * Cell.width + x]) dots |= 1 << y;
				return dots;
			});
			return glyphs.get(cell(columns)) ?? "?";
		}).join(""),
	);
}

const hex = (text: string) => Buffer.from(text).toString("hex");

describe("first start", () => {
	test("by the portal: a wrong password, the right one, the token; then it serves", async () => {
		await start({ air });
		await said(/own network: kitchen-[0-9a-f]{4}, password [a-z2-9]{10}/);
		const [, name, secret] = /own network: (\S+), password (\S+)/.exec(lines.join("\n"))!;
		await expect.poll(async () => (await read()).slice(1), patience).toEqual([secret, "127.0.0.1 ", "WiFi setup"]);
		// The name is longer than a line, and moves along.
		expect(`${name}   ${name}`).toContain((await read())[0]);
		// The list, with names that are markup.
		await shows("&lt;img onerror");
		const list = await page();
		expect(list).not.toContain("<img");
		expect(list.indexOf("&quot;quo")).toBeLessThan(list.indexOf("open"));

		// What systems ask.
		const probe = await fetch(`${address}/hotspot-detect.html`, { redirect: "manual" });
		expect(probe.status).toBe(303);

		const form = { network: hex(hostile), name: "hall" };
		expect((await post("/join", { ...form, password: "not the password" })).status).toBe(303);
		await shows("Trying <b>");
		await shows("The password is not that of the network");
		await expect.poll(async () => "wrong password   wrong password".includes((await read())[3]!), patience).toBe(true);
		await post("/join", { other: "elsewhere", password: "12345678", name: "hall" });
		await shows("The network is not in reach");
		await post("/join", { other: "no addresses", password: "", name: "hall" });
		await shows("gave it no address");
		expect((await post("/finish")).status).toBe(409);
		await post("/join", { ...form, password });
		await shows("The gateway is in <b>&quot;quo");
		const done = await page();
		expect(done).toContain(`${address}/`);
		expect(done).toContain(`http://hall.local:${port}/`);
		const token = /<code>([0-9a-f]{32})<\/code>/.exec(done)![1]!;
		// The same again, not another.
		expect(await page()).toContain(token);

		expect((await post("/finish")).status).toBe(200);
		await ready();
		expect(exits.map(({ reason }) => reason)).toEqual(["restart"]);
		const system = await api(token, "GET", "/api/v1/system");
		expect(system.body).toMatchObject({
			name: "hall",
			failedBoots: 0,
			wifi: { state: "connected", ssid: hostile, rssi: -40, address: "127.0.0.1", failure: null },
		});

		// And again after a power cut.
		await simulator.reset("gateway", "power");
		await ready();
		expect((await api(token, "GET", "/api/v1/session")).status).toBe(200);
	});

	test("by the serial line, which also tells the address and the first token", async () => {
		await start({ air });
		await said(/own network/);
		const text = (value: string) => [Buffer.byteLength(value), ...Buffer.from(value)];
		const send = (command: number, data: number[] = []) => {
			const bytes = [...Buffer.from("IMPROV"), 1, 3, data.length + 2, command, data.length, ...data];
			return simulator.serial("gateway", 0, Uint8Array.of(...bytes, bytes.reduce((a, b) => a + b, 0) & 0xff));
		};
		/** Data of the packets of a type, a character for a byte. */
		const received = (type: number) => {
			const found: string[] = [];
			for (let at = 0; at + 9 < serial.length; at++) {
				if (0 !== Buffer.from(serial.slice(at, at + 7)).compare(Buffer.from("IMPROV\x01"))) continue;
				if (type === serial[at + 7])
					found.push(Buffer.from(serial.slice(at + 9, at + 9 + serial[at + 8]!)).toString("latin1"));
			}
			return found;
		};
		await send(3);
		await expect.poll(() => received(4).join(), patience).toContain("TMLaaS gateway");
		await send(4);
		await expect.poll(() => received(4), patience).toContain("\x04\x00");
		expect(received(4).join()).toContain("weak");
		await send(1, [...text("weak"), ...text("wrong password")]);
		await expect.poll(() => received(2), patience).toContain("\x03");
		await send(1, [...text("weak"), ...text("12345678")]);
		await expect.poll(() => received(4).join(), patience).toMatch(/http:\/\/127.0.0.1:\d+\/#token=[0-9a-f]{32}/);
		const token = /#token=([0-9a-f]{32})/.exec(received(4).join())![1]!;
		await ready();
		expect((await api(token, "GET", "/api/v1/wifi")).body).toMatchObject({
			networks: [{ ssid: "weak", failure: null }],
		});

		// While it serves, the line goes on working.
		serial = [];
		await send(2);
		await expect.poll(() => received(4).join(), patience).toContain(`${address}/`);
		expect(received(4).join()).not.toContain("token");
		await send(1, [...text("open"), 0]);
		await expect.poll(() => received(1).at(-1), patience).toBe("\x03");
		await expect.poll(() => received(1).at(-1), patience).toBe("\x04");
		expect((await api(token, "GET", "/api/v1/wifi")).body).toMatchObject({ ssid: "open", state: "connected" });
	});

	test("every name leads to the portal", async () => {
		await start({ air });
		await said(/own network/);
		await expect.poll(() => udp, patience).toBeDefined();
		const socket = createSocket("udp4");
		try {
			const reply = new Promise<Buffer>((resolve) => socket.once("message", resolve));
			socket.send(
				packet.encode({ type: "query", id: 7, questions: [{ type: "A", name: "captive.apple.com" }] }),
				udp,
				"127.0.0.1",
			);
			expect(packet.decode(await reply).answers).toMatchObject([{ name: "captive.apple.com", data: "127.0.0.1" }]);
		} finally {
			socket.close();
		}
	});
});

describe("a gateway that serves", () => {
	const token = "0123456789abcdef0123456789abcdef";
	const storage = () => ({ gateway: { name: "kitchen", port }, operator: { token } });

	test("a long press leads to provisioning, a short one back; a short one while it serves opens pairing", async () => {
		await start({ storage: storage() });
		await ready();
		await simulator.press("gateway", button, 200);
		await expect.poll(async () => (await api(token, "GET", "/api/v1/pairing")).body?.open, patience).toBe(true);
		await simulator.press("gateway", button, 6000);
		await said(/own network/);
		await shows("<h1>kitchen</h1>");
		// It is in its network again meanwhile, and has an operator: whoever holds the board may make another token.
		await shows("Make a new operator");
		expect(await page()).not.toMatch(/[0-9a-f]{32}<\/code>/);
		await post("/token");
		const made = /<code>([0-9a-f]{32})<\/code>/.exec(await page())![1]!;
		await simulator.press("gateway", button, 200);
		await ready();
		expect((await api(made, "GET", "/api/v1/session")).status).toBe(200);
		expect((await api(token, "GET", "/api/v1/session")).status).toBe(401);
	});

	test("an operator sends it there too; a gateway that forgot all networks starts there", async () => {
		await start({ storage: storage() });
		await ready();
		expect((await api(token, "POST", "/api/v1/system/restart", { mode: "provision" })).status).toBe(202);
		await said(/own network/);
		await shows("The gateway is in <b>simulated</b>");
		await post("/finish");
		await ready();
		expect((await api(token, "DELETE", "/api/v1/wifi/simulated")).status).toBe(204);
		// Nobody could reach it where it is: it does not wait for somebody to restart it.
		lines.length = 0;
		await said(/own network/);
		await shows("Which WiFi network");
	});

	/** Until the panel tells a token; then whether it still does when it has been used. */
	async function readToken(): Promise<void> {
		const shown = async () => (await read()).map((line) => line.trim()).join("");
		const tells = async () => /^[0-9a-f]{32}$/.test(await shown());
		await expect.poll(tells, patience).toBe(true);
		const first = await shown();
		await expect
			.poll(() => api(first, "GET", "/api/v1/session").catch(String), patience)
			.toMatchObject({ status: 200 });
		// Some of what is drawn may be from before; what follows shows all that there is in turns of four seconds.
		await wait(200);
		for (let i = 0; i < 20; i++, await wait(50)) expect(await tells()).toBe(false);
	}

	test("a first token is on the panel until it is used", async () => {
		await start();
		await readToken();
	});

	test("a first token is on the panel in safe mode as well", async () => {
		await start({ air, storage: { gateway: { name: "kitchen", port }, boot: { failures: "10" } } });
		await shows("Which WiFi network");
		await post("/join", { other: "open" });
		await expect.poll(async () => (await read())[0], patience).toBe("on line in");
		await simulator.reset("gateway", "brownout");
		await said(/safe mode/);
		await readToken();
	});

	test("operators see, add and remove networks; what does not work does not cost what does", async () => {
		await start({ storage: storage() });
		await ready();
		await simulator.air("gateway", {
			networks: [
				{ ssid: "simulated", password: "in the air", strength: -50 },
				{ ssid: hostile, password, strength: -45 },
			],
		});
		await expect
			.poll(async () => (await api(token, "POST", "/api/v1/wifi/scan", {})).body, patience)
			.toEqual(expect.arrayContaining([{ ssid: hostile, rssi: -45, secure: true }]));
		for (const bad of [{ ssid: "" }, { ssid: "x".repeat(33) }, { ssid: "home", password: "short" }, { ssid: "a\0b" }])
			expect((await api(token, "POST", "/api/v1/wifi", bad)).status).toBe(400);
		const list = async () => (await api(token, "GET", "/api/v1/wifi")).body;
		expect((await api(token, "POST", "/api/v1/wifi", { ssid: hostile, password: "wrong password" })).status).toBe(202);
		await expect.poll(list, patience).toMatchObject({
			state: "connected",
			ssid: "simulated",
			networks: [
				{ ssid: "simulated", failure: null },
				{ ssid: hostile, failure: "wrong-password" },
			],
		});
		expect((await api(token, "POST", "/api/v1/wifi", { ssid: hostile, password })).status).toBe(202);
		await expect.poll(list, patience).toMatchObject({ state: "connected", ssid: hostile });
		expect((await list()).networks).toHaveLength(2);
		// A wrong password for the network that it is in: told, and gone when the right one works again.
		expect((await api(token, "POST", "/api/v1/wifi", { ssid: hostile, password: "changed ..." })).status).toBe(202);
		await expect.poll(list, patience).toMatchObject({
			state: "connected",
			ssid: hostile,
			asked: { ssid: hostile, failure: "wrong-password" },
		});
		expect((await list()).networks).toHaveLength(2);
		expect((await api(token, "DELETE", `/api/v1/wifi/${encodeURIComponent(hostile)}`)).status).toBe(204);
		await expect.poll(list, patience).toMatchObject({ state: "connected", ssid: "simulated" });
		expect((await api(token, "DELETE", "/api/v1/wifi/nowhere")).status).toBe(404);
		expect((await list()).networks).toEqual([{ ssid: "simulated", failure: null }]);
		expect(exits).toEqual([]);
	});
});
