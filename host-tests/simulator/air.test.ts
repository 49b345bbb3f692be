/** What a simulated machine's radio, sockets, serial line and button promise to its app. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type Air, type MachineOptions, type Network, Simulator } from "../../tools/simulator/simulator";
import { freePort } from "./ports";

const app = fileURLToPath(new URL("./apps/air/manifest.json", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "air-test-"));
afterAll(() => rmSync(temporary, { recursive: true }));

const home: Network = { ssid: "home", password: "open sesame" };
const credentials = { ssid: "home", password: "open sesame" };

/** The other end of a machine's serial line. */
class Terminal {
	readonly name: string;
	readonly #simulator: Simulator;
	#text = "";
	#read = 0;

	constructor(simulator: Simulator, name: string) {
		this.#simulator = simulator;
		this.name = name;
		simulator.on("serial", ({ machine, bytes }) => {
			if (machine !== name) return;
			this.#text += Buffer.from(bytes).toString();
		});
	}

	/** All whole lines so far. */
	get lines(): string[] {
		return this.#text.split("\n").slice(0, -1);
	}

	/** The next line, after those that it gave before, that holds `part`, which comes within so many milliseconds. */
	async next(part: string, within = 10_000): Promise<string> {
		const step = Math.max(50, within / 100);
		for (let spent = 0; spent <= within; spent += step) {
			const { lines } = this;
			while (this.#read < lines.length) {
				const line = lines[this.#read++]!;
				if (line.includes(part)) return line;
			}
			// Fails when the machine has ended.
			await this.#simulator.report(this.name);
			await this.#simulator.run(step);
		}
		throw new Error(`${this.name} does not say "${part}":\n${this.lines.join("\n")}`);
	}

	async say(name: string, ...parameters: unknown[]): Promise<string> {
		await this.#simulator.serial(this.name, 0, Buffer.from(`${JSON.stringify([name, ...parameters])}\n`));
		return (await this.next(` ${name}`)).replace(/^\d+ /, "");
	}

	/** Asks for something that is answered by JSON. */
	async ask(name: string, ...parameters: unknown[]): Promise<unknown> {
		return JSON.parse((await this.say(name, ...parameters)).slice(name.length + 1));
	}
}

interface Stage {
	readonly simulator: Simulator;
	/** Adds a machine that runs the app, and waits until it listens to its serial line. */
	add(air?: Air, options?: Partial<MachineOptions>): Promise<Terminal>;
}

async function play(action: (stage: Stage) => Promise<void>): Promise<void> {
	const simulator = await Simulator.start({ clock: "stepped", progress: () => {}, build: "release" });
	let count = 0;
	try {
		await action({
			simulator,
			async add(air, options) {
				const name = `machine-${++count}`;
				const terminal = new Terminal(simulator, name);
				const directory = mkdtempSync(join(temporary, `${name}-`));
				await simulator.add({ name, app, directory, ...(air ? { air } : {}), ...options });
				await terminal.next("ready");
				await terminal.say("listen");
				return terminal;
			},
		});
	} finally {
		await simulator.close();
	}
}

/** Milliseconds since the machine's start. */
const timeOf = (line: string) => Number.parseInt(line, 10);

describe("a station", () => {
	it("joins, then has an address", () =>
		play(async ({ simulator, add }) => {
			const radios: unknown[] = [];
			simulator.on("radio", ({ station }) => radios.push(station));
			const machine = await add({ networks: [{ ...home, strength: -61, association: 700, dhcp: 1300 }] });
			expect(await machine.ask("state")).toEqual({ mode: -5 });
			const asked = await machine.say("join", credentials);
			expect(asked).toBe("join ");
			const joined = await machine.next("connect");
			const addressed = await machine.next("gotIP");
			expect(timeOf(addressed) - timeOf(joined)).toBe(1300);
			expect(await machine.ask("state")).toEqual({
				mode: 1,
				ip: "127.0.0.1",
				station: "127.0.0.1",
				mac: expect.stringMatching(/^02(:[0-9A-F]{2}){5}$/),
				rssi: -61,
			});
			const ssid = Buffer.from("home").toString("hex");
			expect(radios).toEqual([
				{ ssid, addressed: false },
				{ ssid, addressed: true },
			]);
		}));

	it.each<[string, Network | undefined, { ssid: string; password?: string }, string]>([
		["a wrong password", home, { ssid: "home", password: "open barley" }, "disconnect -1 1"],
		["no password where one is asked for", home, { ssid: "home" }, "disconnect 0 1"],
		["a password where none is asked for", { ssid: "home" }, credentials, "disconnect 0 1"],
		["a network that is not there", undefined, credentials, "disconnect 0 2"],
		["another's name", { ...home, ssid: "Home" }, credentials, "disconnect 0 2"],
	])("is told of %s", (_, network, given, told) =>
		play(async ({ add }) => {
			const machine = await add({ networks: network ? [network] : [] });
			await machine.say("join", given);
			expect(await machine.next("connect")).toContain(told);
		}),
	);

	it.each<[string, string]>([
		["quotes and spaces", ' "; drop\\ '],
		["32 bytes of Unicode", "ünï☕😀 café ☕ größer"],
	])("joins a hidden network with an SSID of %s", (_, ssid) =>
		play(async ({ add }) => {
			const password = "pä߀😀 \"'\\";
			const machine = await add({ networks: [{ ssid, password, hidden: true }] });
			await machine.say("join", { ssid, password });
			await machine.next("gotIP");
		}),
	);

	it("waits for an address that does not come, and gets it when DHCP works again", () =>
		play(async ({ add }) => {
			const machine = await add({
				networks: [{ ...home, dhcp: false }],
				later: [{ at: 60_000, networks: [home] }],
			});
			await machine.say("join", credentials);
			await machine.next("connect");
			expect(timeOf(await machine.next("gotIP", 70_000))).toBe(60_200);
		}));

	it("loses a network after six seconds of silence, and keeps one that was away for less", () =>
		play(async ({ add }) => {
			const machine = await add({
				networks: [home],
				later: [
					{ at: 10_000, networks: [] },
					{ at: 15_000, networks: [home] },
					{ at: 20_000, networks: [] },
				],
			});
			await machine.say("join", credentials);
			expect(await machine.next("disconnect", 30_000)).toBe("26000 disconnect 0 0");
		}));

	it("is thrown out by an access point whose password changes", () =>
		play(async ({ add }) => {
			const machine = await add({
				networks: [home],
				later: [{ at: 10_000, networks: [{ ...home, password: "open barley" }] }],
			});
			await machine.say("join", credentials);
			expect(await machine.next("disconnect", 20_000)).toBe("10000 disconnect 0 0");
		}));

	it("leaves when it is told to, and before it joins another", () =>
		play(async ({ add }) => {
			const machine = await add({ networks: [home, { ssid: "other" }] });
			await machine.say("join", credentials);
			await machine.next("gotIP");
			await machine.say("join", { ssid: "other" });
			expect(await machine.next("disconnect")).toContain("disconnect 0 3");
			await machine.next("gotIP");
			await machine.say("join");
			expect(await machine.next("disconnect")).toContain("disconnect 0 3");
			expect(await machine.ask("state")).toMatchObject({ mode: 1 });
		}));

	it("finds networks, the strongest first, hidden ones on demand", () =>
		play(async ({ simulator, add }) => {
			const machine = await add({
				networks: [
					{ ssid: "far", strength: -90, channel: 11 },
					{ ...home, strength: -40 },
					{ ssid: "secret", hidden: true, strength: -50 },
					{ ssid: [0xff, 0x41, 0xc3], strength: -95, channel: 1 },
				],
			});
			const scan = async (options: object) => {
				await machine.say("scan", options);
				const found: unknown[] = [];
				for (;;) {
					const text = (await machine.next("found")).replace(/^\d+ found /, "");
					if (text === "no more") return found;
					found.push(text);
				}
			};
			const far = '["far",-90,11,"none"]';
			const near = '["home",-40,6,"wpa2_psk"]';
			const all = await scan({ hidden: true });
			expect(all.slice(0, 3)).toEqual([near, '["",-50,6,"none"]', far]);
			expect(all).toHaveLength(4);
			expect(await scan({ channel: 11 })).toEqual([far]);
			await simulator.air(machine.name, { networks: [home] });
			expect(await scan({})).toEqual(['["home",-55,6,"wpa2_psk"]']);
		}));

	it("refuses what a board refuses", () =>
		play(async ({ add }) => {
			const machine = await add({ networks: [home] });
			await machine.say("scan", {});
			expect(await machine.say("scan", {})).toContain("threw already scanning");
			await machine.next("found no more");
			await machine.say("join", credentials);
			expect(await machine.say("scan", {})).toContain("threw scan request failed");
			expect(await machine.say("join", { ssid: "x".repeat(33) })).toContain("threw ssid too long");
			expect(await machine.say("join", { ssid: "x", password: "x".repeat(65) })).toContain("threw password too long");
			expect(await machine.say("join", {})).toContain("threw ssid required");
			expect(await machine.say("accessPoint", { ssid: "x", password: "1234567" })).toContain(
				"threw password too short",
			);
			expect(await machine.say("mode", 4)).toContain("threw invalid mode");
			await machine.say("mode", 2);
			expect(await machine.say("join", credentials)).toContain("threw esp_wifi_connect failed");
			expect(await machine.say("scan", {})).toContain("threw scan request failed");
		}));

	it("knows the one network there is when its air is not described", () =>
		play(async ({ add }) => {
			const machine = await add();
			expect(await machine.ask("stored")).toEqual([
				["s0", ...Buffer.from("simulated")],
				["p0", ...Buffer.from("in the air")],
				["last", 0],
			]);
			await machine.say("join", { ssid: "simulated", password: "in the air" });
			const joined = await machine.next("connect");
			expect(timeOf(await machine.next("gotIP")) - timeOf(joined)).toBe(5);
		}));

	it("knows none when it is described", () =>
		play(async ({ add }) => {
			expect(await (await add({ networks: [home] })).ask("stored")).toEqual([]);
		}));

	it.each<[string, Air]>([
		["an SSID without a byte", { networks: [{ ssid: "" }] }],
		["an SSID of 33 bytes", { networks: [{ ssid: "ä".repeat(16).concat("x") }] }],
		["a password of 7 bytes", { networks: [{ ssid: "x", password: "1234567" }] }],
		["two networks that cannot be told apart", { networks: [home, home] }],
		["a misspelt option", { networks: [{ ssid: "x", pasword: "12345678" } as Network] }],
		["a later mistake", { networks: [], later: [{ at: 1, networks: [{ ssid: "x", channel: 14 }] }] }],
	])("is not made for an air with %s", (_, air) =>
		play(async ({ add }) => {
			await expect(add(air)).rejects.toThrow("Error");
		}),
	);
});

describe("sockets", () => {
	const away: Air = {
		networks: [home],
		later: [
			{ at: 10_000, networks: [] },
			{ at: 40_000, networks: [home] },
		],
	};

	it("are not there before there is an interface, and reach nobody without a network", () =>
		play(async ({ add }) => {
			const machine = await add(away);
			expect(await machine.say("serve", 0)).toContain("threw no network");
			expect(await machine.say("dial", 9)).toContain("threw no network");
			expect(await machine.say("udp", 0)).toContain("threw no network");
			await machine.say("join", credentials);
			await machine.next("gotIP");
			await machine.say("udp", 0);
			await machine.next("disconnect", 20_000);
			expect(await machine.say("dial", 9)).toContain("threw connect error");
			expect(await machine.say("cast", "x", "127.0.0.1", 9)).toContain("threw UDP send failed");
			expect(await machine.ask("state")).not.toHaveProperty("station");
		}));

	it("of a listener are refused while it is cut off, and reach it at the same port afterwards", () =>
		play(async ({ simulator, add }) => {
			const machine = await add({ networks: [home] });
			await machine.say("join", credentials);
			await machine.next("gotIP");
			const listening = once(simulator, "listening") as Promise<[{ port: number }]>;
			await machine.say("serve", 0);
			const [{ port }] = await listening;
			const knock = () =>
				new Promise<string>((resolve) => {
					const socket = connect(port, "127.0.0.1");
					socket.once("connect", () => {
						socket.destroy();
						resolve("open");
					});
					socket.once("error", (error) => resolve((error as NodeJS.ErrnoException).code!));
				});
			expect(await knock()).toBe("open");
			await simulator.air(machine.name, { networks: [] });
			expect(await knock()).toBe("ECONNREFUSED");
			const again = once(simulator, "listening") as Promise<[{ port: number }]>;
			await simulator.air(machine.name, { networks: [home] });
			expect((await again)[0].port).toBe(port);
			expect(await knock()).toBe("open");
		}));

	it("keep a connection through a short loss, with what was sent meanwhile", () =>
		play(async ({ simulator, add }) => {
			const server = await add({ networks: [home] });
			const client = await add(away);
			await server.say("join", credentials);
			await server.next("gotIP");
			const listening = once(simulator, "listening") as Promise<[{ port: number }]>;
			await server.say("serve", 0);
			const [{ port }] = await listening;
			await client.say("join", credentials);
			await client.next("gotIP");
			await client.say("dial", port);
			await Promise.all([client.next("opened"), server.next("opened")]);
			await client.next("disconnect", 20_000);
			await client.say("write", "from the client");
			await server.say("write", "from the server");
			await simulator.run(20_000);
			expect(server.lines.concat(client.lines).join()).not.toContain("tcp");
			await simulator.run(5_000);
			await client.say("join", credentials);
			await Promise.all([client.next("tcp from the server"), server.next("tcp from the client")]);
		}));

	it("end a connection two minutes after the network was lost, and say nothing to the other side before", () =>
		play(async ({ simulator, add }) => {
			const server = await add({ networks: [home] });
			const client = await add({ networks: [home], later: [{ at: 10_000, networks: [] }] });
			await server.say("join", credentials);
			await server.next("gotIP");
			const listening = once(simulator, "listening") as Promise<[{ port: number }]>;
			await server.say("serve", 0);
			const [{ port }] = await listening;
			await client.say("join", credentials);
			await client.next("gotIP");
			await client.say("dial", port);
			await Promise.all([client.next("opened"), server.next("opened")]);
			const ended = await client.next("ended", 150_000);
			expect(timeOf(ended)).toBe(136_000);
			expect(timeOf(await server.next("ended"))).toBeGreaterThanOrEqual(136_000);
			expect(await client.say("dial", port)).toContain("threw no network");
		}));

	it("do not tell the other side of what they close while they are cut off", () =>
		play(async ({ simulator, add }) => {
			const server = await add({ networks: [home] });
			const client = await add(away);
			await server.say("join", credentials);
			await server.next("gotIP");
			const listening = once(simulator, "listening") as Promise<[{ port: number }]>;
			await server.say("serve", 0);
			const [{ port }] = await listening;
			await client.say("join", credentials);
			await client.next("gotIP");
			await client.say("dial", port);
			await Promise.all([client.next("opened"), server.next("opened")]);
			await client.next("disconnect", 20_000);
			await client.say("closeOpen");
			await simulator.run(20_000);
			expect(server.lines.join()).not.toContain("ended");
			await simulator.run(10_000);
			await client.say("join", credentials);
			await server.next("ended");
		}));
});

describe("an access point", () => {
	it("lets its portal be reached as long as it is there", () =>
		play(async ({ simulator, add }) => {
			const machine = await add({ networks: [home] });
			const port = await freePort();
			const radios: unknown[] = [];
			simulator.on("radio", ({ accessPoint }) => radios.push(accessPoint));
			expect(await machine.say("address", "4.3.2.1")).toContain("threw");
			await machine.say("mode", 3);
			await machine.say("accessPoint", { ssid: "setup", station: true });
			expect(await machine.ask("state")).toMatchObject({ mode: 3, accessPoint: "192.168.4.1" });
			await machine.say("address", "4.3.2.1");
			expect(await machine.ask("state")).toMatchObject({ accessPoint: "4.3.2.1" });
			await machine.say("serve", port);
			const phone = connect(port, "127.0.0.1");
			phone.write("GET /generate_204");
			await machine.next("tcp GET /generate_204");
			// Its station joins a network beside it.
			await machine.say("join", credentials);
			await machine.next("gotIP");
			phone.write("one more");
			await machine.next("tcp one more");
			phone.destroy();
			await machine.next("ended");
			await machine.say("mode", 1);
			expect(radios.find((it) => it !== null)).toMatchObject({
				ssid: Buffer.from("setup").toString("hex"),
				password: null,
			});
			expect(radios.at(-1)).toBeNull();
			expect(await machine.ask("state")).toMatchObject({ mode: 1, station: "127.0.0.1" });
		}));

	it("keeps no station unless both were asked for first, as the SDK on an ESP32", () =>
		play(async ({ add }) => {
			const machine = await add({ networks: [home] });
			await machine.say("accessPoint", { ssid: "setup", station: true });
			expect(await machine.ask("state")).toMatchObject({ mode: 2 });
			expect(await machine.say("join", credentials)).toContain("threw");
		}));
});

describe("datagrams", () => {
	const group = "224.0.0.251";

	it("of multicast reach all others of the group on the port that they share, and nobody else", () =>
		play(async ({ simulator, add }) => {
			const sent: unknown[] = [];
			simulator.on("datagram", ({ machine, bytes }) => sent.push([machine, Buffer.from(bytes).toString()]));
			const [a, b, c, d] = [await add(), await add(), await add(), await add({ networks: [home] })];
			for (const machine of [a, b, c]) {
				await machine.say("join", { ssid: "simulated", password: "in the air" });
				await machine.next("gotIP");
			}
			// The last has had a network, and is out of its reach now.
			await d.say("join", credentials);
			await d.next("gotIP");
			for (const machine of [a, b, d]) await machine.say("udp", 5353, group);
			await c.say("udp", 5353);
			await simulator.air(d.name, { networks: [] });
			await a.say("cast", "who is there", group, 5353);
			await b.next("udp 127.0.0.1 5353 who is there");
			await b.say("cast", "b is", group, 5353);
			await a.next("udp 127.0.0.1 5353 b is");
			await b.say("leave", group);
			await a.say("cast", "and now", group, 5353);
			await simulator.run(1000);
			const heard = (machine: Terminal) => machine.lines.filter((line) => line.includes(" udp ")).length;
			expect([a, b, c, d].map(heard)).toEqual([2, 2, 1, 1]); // with the answer to the command itself
			expect(sent).toEqual([
				[a.name, "who is there"],
				[b.name, "b is"],
				[a.name, "and now"],
			]);
		}));

	it("come from programs on this computer, and go back to them", () =>
		play(async ({ simulator, add }) => {
			const machine = await add();
			await machine.say("join", { ssid: "simulated", password: "in the air" });
			await machine.next("gotIP");
			await machine.say("udp", 5353, group);
			const socket = createSocket("udp4");
			socket.bind(0, "127.0.0.1");
			await once(socket, "listening");
			const { port } = socket.address();
			await simulator.datagram(port, group, 5353, Buffer.from("query"));
			await machine.next(`udp 127.0.0.1 ${port} query`);
			const answer = once(socket, "message");
			await machine.say("cast", "answer", "127.0.0.1", port);
			expect((await answer)[0].toString()).toBe("answer");
			socket.close();
		}));

	it("go between machines without a delay, and to a port that is told of", () =>
		play(async ({ simulator, add }) => {
			const [server, client] = [await add(), await add()];
			for (const machine of [server, client]) {
				await machine.say("join", { ssid: "simulated", password: "in the air" });
				await machine.next("gotIP");
			}
			const port = await freePort();
			const listening = once(simulator, "listening");
			await server.say("udp", port);
			expect((await listening)[0]).toMatchObject({ machine: server.name, protocol: "udp", port });
			await client.say("udp", 0);
			await client.say("cast", "hello", "127.0.0.1", port);
			const [, from] = / udp 127.0.0.1 (\d+) hello/.exec(await server.next("hello"))!;
			await server.say("cast", "yourself", "127.0.0.1", Number(from));
			await client.next(`udp 127.0.0.1 ${port} yourself`);
		}));
});

describe("a serial line", () => {
	it("takes the time of its speed", () =>
		play(async ({ simulator, add }) => {
			const machine = await add();
			// 120 bytes at 115,200 bits a second, ten bits each.
			const command = `${JSON.stringify(["nothing", "x".repeat(105)])}\n`;
			expect(command).toHaveLength(120);
			await simulator.serial(machine.name, 0, Buffer.from(command + command));
			const first = await machine.next("nothing");
			expect(timeOf(await machine.next("nothing")) - timeOf(first)).toBe(10);
		}));

	it("is refused by a machine that has not opened it", () =>
		play(async ({ simulator, add }) => {
			const machine = await add();
			await expect(simulator.serial(machine.name, 1, Uint8Array.of(1))).rejects.toThrow("serial port 1");
		}));
});

describe("a button", () => {
	it("is held for a time of the simulation's clock", () =>
		play(async ({ simulator, add }) => {
			const machine = await add();
			await machine.say("button", 0);
			const released = simulator.press(machine.name, 0, 5000);
			const pressed = await machine.next("button 0");
			expect(timeOf(await machine.next("button 1")) - timeOf(pressed)).toBe(5000);
			await released;
		}));
});

describe("a chip", () => {
	it("answers only with its supply and out of reset, and forgets without them", () =>
		play(async ({ simulator, add }) => {
			const machine = await add(undefined, {
				chips: [{ chip: "ssd1306", bus: "i2c", address: 0x3c, supply: 21, reset: 16 }],
			});
			const contrast = async () =>
				((await simulator.chip(machine.name, "i2c", 0x3c, { do: "picture" })) as { contrast: number }).contrast;
			const refused = "threw";
			expect(await machine.say("i2c", 0x3c, 0, 0x81, 1)).toContain(refused);
			await machine.say("drive", 21, 0);
			expect(await machine.say("i2c", 0x3c, 0, 0x81, 2)).toContain(refused);
			await machine.say("drive", 16, 0);
			expect(await machine.say("i2c", 0x3c, 0, 0x81, 3)).toContain(refused);
			await machine.say("drive", 16, 1);
			expect(await machine.say("i2c", 0x3c, 0, 0x81, 4)).not.toContain(refused);
			expect(await contrast()).toBe(4);
			await machine.say("drive", 16, 0);
			await machine.say("drive", 16, 1);
			expect(await contrast()).toBe(0x7f);
			await machine.say("i2c", 0x3c, 0, 0x81, 5);
			await machine.say("drive", 21, 1);
			expect(await machine.say("i2c", 0x3c, 0, 0x81, 6)).toContain(refused);
			await machine.say("drive", 21, 0);
			expect(await contrast()).toBe(0x7f);
		}));
});

describe("a stepped clock", () => {
	it("goes on until the last of several steps is over, and no further", () =>
		play(async ({ simulator }) => {
			const start = await simulator.run(0);
			const ends = await Promise.all([simulator.run(1000), simulator.run(30), simulator.run(200)]);
			// The later ones may have been asked for when some time had passed.
			const now = await simulator.run(0);
			expect(now).toBe(Math.max(...ends));
			expect(now - start).toBeGreaterThanOrEqual(1000);
			expect(now - start).toBeLessThanOrEqual(1230);
		}));
});
