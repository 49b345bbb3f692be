/** `npm run flash` itself, with a pseudo-terminal for the serial port and a simulated board behind it. */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Improv } from "common/improv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SerialLine } from "../../tools/flash/serial-line";
import { root } from "../../tools/simulator/paths";
import { RomLoader, type RomLoaderOptions } from "../../tools/simulator/rom-loader/rom-loader";
import { hasTerminals, Terminal } from "./terminal";

const isRoot = process.getuid?.() === 0;
if (isRoot) console.log("skipped: a port that one may not use; root may use all");

let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "flash-"));
});

afterAll(async () => {
	await rm(folder, { recursive: true });
});

interface Ended {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

function runWith(
	command: "flash" | "flash-page",
	input: string,
	...parameters: string[]
): { said(text: string): Promise<void>; ended: Promise<Ended> } {
	const child = spawn(process.execPath, ["--import", "tsx", `tools/cli/${command}.ts`, ...parameters], {
		cwd: root,
		env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json") },
	});
	child.stdin.end(input);
	let out = "";
	let err = "";
	child.stdout.on("data", (text) => {
		out += text;
	});
	child.stderr.on("data", (text) => {
		err += text;
	});
	return {
		said: (text) =>
			new Promise((resolve) => {
				child.stdout.on("data", () => {
					if (out.includes(text)) resolve();
				});
			}),
		ended: new Promise((resolve) => child.on("close", (code) => resolve({ code: code!, out, err }))),
	};
}

function run(...parameters: string[]): Promise<Ended> {
	return runWith("flash", "", ...parameters).ended;
}

/** Bytes of a partition table with these entries: type, subtype, offset, size, name. */
function partitionTable(...entries: (readonly [number, number, number, number, string])[]): Buffer {
	const table = Buffer.alloc(0xc00, 0xff);
	for (const [index, [type, subtype, offset, size, name]] of entries.entries()) {
		const entry = table.subarray(32 * index, 32 * (index + 1)).fill(0);
		entry.set([0xaa, 0x50, type, subtype]);
		entry.writeUInt32LE(offset, 4);
		entry.writeUInt32LE(size, 8);
		entry.write(name, 12, "latin1");
	}
	const end = 32 * entries.length;
	table.set([0xeb, 0xeb], end);
	createHash("md5")
		.update(table.subarray(0, end))
		.digest()
		.copy(table, end + 16);
	return table;
}

function image(length: number): Buffer {
	const bytes = randomBytes(length);
	bytes.set([0xe9, 3, 2, 0x20]);
	bytes.writeUInt16LE(0, 12);
	return bytes;
}

/** A pseudo-terminal has no DTR and RTS, so a board whose button was held when it was plugged in. */
async function board(options: Partial<RomLoaderOptions>): Promise<{ terminal: Terminal; loader: RomLoader }> {
	const terminal = await Terminal.open((bytes) => loader.receive(bytes));
	const loader = new RomLoader({
		chip: "ESP32",
		startsInLoader: true,
		send: (bytes) => terminal.write(bytes),
		onUnplug: () => void terminal.close(),
		hasNoRate: true,
		...options,
	});
	return { terminal, loader };
}

describe.skipIf(!hasTerminals)("a board on a port", () => {
	test("gets the gateway that was built, byte for byte, and keeps the rest", async () => {
		const files = {
			"bootloader.bin": image(17000),
			"partition-table.bin": partitionTable(
				[1, 0, 0x9000, 0x2000, "otadata"],
				[0, 0x10, 0x20000, 0x180000, "ota_0"],
				[0, 0x11, 0x1a0000, 0x180000, "ota_1"],
			),
			"ota_data_initial.bin": Buffer.alloc(0x2000, 0xff),
			"xs_esp32.bin": image(150_000),
		};
		for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
		const { terminal, loader } = await board({});
		const { code, out, err } = await run("gateway", "--port", terminal.path, "--from", folder);
		await terminal.close();
		expect(err).toBe("");
		expect(code).toBe(0);
		expect(out).toContain("ESP32, 24:6f:28:aa:bb:cc, 4 MB of flash");
		expect(out.match(/written and checked/g)).toHaveLength(4);
		expect(out).toContain("press RST");
		const flash = new Uint8Array(4 << 20).fill(0x5a);
		for (const [offset, bytes] of [
			[0x1000, files["bootloader.bin"]],
			[0x8000, files["partition-table.bin"]],
			[0x9000, files["ota_data_initial.bin"]],
			[0x20000, files["xs_esp32.bin"]],
		] as const) {
			flash.fill(0xff, offset, Math.ceil((offset + bytes.length) / 4096) * 4096);
			flash.set(bytes, offset);
		}
		expect(Buffer.from(loader.flash.bytes).equals(flash)).toBe(true);
	});

	test("gets the wearable, compressed, into an erased flash", async () => {
		const files = {
			"boot_v1.7.bin": image(3000),
			"main.bin": image(60_000),
			"esp_init_data_default.bin": randomBytes(128),
		};
		for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
		const { terminal, loader } = await board({ chip: "ESP8266" });
		const { code, err } = await run("wearable", "--port", terminal.path, "--from", folder, "--erase");
		await terminal.close();
		expect(err).toBe("");
		expect(code).toBe(0);
		const flash = Buffer.alloc(4 << 20, 0xff);
		files["boot_v1.7.bin"].copy(flash, 0);
		// Two data lines, 40 MHz, 4 MB.
		flash.set([0x02, 0x40], 2);
		files["main.bin"].copy(flash, 0x1000);
		files["esp_init_data_default.bin"].copy(flash, 0x3fc000);
		expect(Buffer.from(loader.flash.bytes).equals(flash)).toBe(true);
	});

	test.each([
		['pass;w"rd\\ ✓', 0, "on line at http://192.0.2.7/"],
		["wrong123", 1, "could not join"],
	])("is given its network after it was flashed: %s", async (password, expectedCode, message) => {
		const file = join(folder, "app.bin");
		await writeFile(file, image(5000));
		const joined: string[][] = [];
		const { terminal, loader } = await board({ firmware: { start() {}, receive: (bytes) => improv.receive(bytes) } });
		const improv = new Improv(
			{
				information: { firmware: "TMLaaS gateway", version: "1.2.3", chip: "ESP32", name: "tmlaas-aabbcc" },
				connected: false,
				url: () => "http://192.0.2.7/",
				join(ssid, password) {
					joined.push([ssid, password]);
					setTimeout(() => (password === "wrong123" ? improv.failed() : improv.connected()), 50);
				},
				look: () => false,
			},
			{ room: Number.POSITIVE_INFINITY, write: (bytes) => loader.say(bytes) },
		);
		const network = 'Anna\'s "Café" 📶';
		const running = runWith(
			"flash",
			`${password}\n`,
			...["gateway", "--port", terminal.path, "--image", `0x10000:${file}`, "--wifi", network],
		);
		// The person presses RST when the command says so.
		const pressed = running.said("press RST").then(() => {
			loader.setSignals({ dtr: false, rts: true });
			loader.setSignals({ dtr: false, rts: false });
		});
		const { code, out, err } = await running.ended;
		await pressed;
		await terminal.close();
		expect(out + err).toContain(message);
		expect(out + err).not.toContain(password);
		expect(code).toBe(expectedCode);
		expect(joined).toEqual([[network, password]]);
	});

	test("is the wrong one", async () => {
		const file = join(folder, "other.bin");
		await writeFile(file, image(5000));
		const { terminal } = await board({ chip: "ESP8266" });
		const { code, err } = await run("gateway", "--port", terminal.path, "--image", `0x10000:${file}`);
		await terminal.close();
		expect(code).toBe(1);
		expect(err).toContain("npm run flash -- wearable");
	});

	test("is in use", async () => {
		const { terminal } = await board({});
		const monitor = new SerialLine(terminal.path);
		await monitor.open(115200);
		const { code, err } = await run("gateway", "--port", terminal.path, "--image", "0x20000:package.json");
		await monitor.close();
		await terminal.close();
		expect(code).toBe(1);
		expect(err).toMatch(/is in use|is another program using it/);
	});

	test("is unplugged", async () => {
		const file = join(folder, "app.bin");
		await writeFile(file, image(50_000));
		const { terminal } = await board({ faults: { unpluggedAfter: 20 } });
		const { code, err } = await run("gateway", "--port", terminal.path, "--image", `0x10000:${file}`);
		await terminal.close();
		expect(code).toBe(1);
		expect(err).toContain(`${terminal.path} is gone`);
	});
});

describe("the command", () => {
	test.each([
		[["gateway"], 2, "--port names the port"],
		[["router", "--port", "/dev/null"], 2, "gateway or wearable"],
		[["gateway", "--port", "/dev/null", "--image", "app.bin"], 2, "OFFSET:FILE"],
		[["gateway", "--port", "/dev/null", "--image", "0x1001:package.json"], 2, "erased by 4096"],
		[["gateway", "--port", "/dev/null", "--image", "0x10000:package.json"], 2, "no firmware image"],
		[["gateway", "--port", "/dev/null", "--baud", "fast"], 2, "--baud takes"],
		[["gateway", "--port", "/dev/null", "--from", ".", "--image", "0x20000:package.json"], 2, "one of the two"],
		[["gateway", "--port", "/dev/null", "--image", "0x20000:package.json", "--wifi", ""], 2, "1 to 32 bytes"],
		[["gateway", "--port", "/dev/null", "--from", "/nowhere"], 2, "npm run build -- gateway"],
		[["gateway", "--port", "/dev/ttyUSB99", "--image", "0x20000:package.json"], 1, "is the board plugged in"],
		[["gateway", "--port", "package.json", "--image", "0x20000:package.json"], 1, "no serial port"],
		[["gateway", "--port", "/dev/null", "--image", "0x20000:package.json"], 1, "cannot be opened"],
	])("%j ends with %d and says what to do", async (parameters, code, message) => {
		const result = await run(...parameters);
		expect(result.err).toContain(message);
		expect(result.err).not.toContain("    at ");
		expect(result.code).toBe(code);
	});

	test.skipIf(isRoot || !hasTerminals)("says which group may use a port", async () => {
		const terminal = await Terminal.open(() => {});
		await chmod(terminal.path, 0);
		const { err } = await run("gateway", "--port", terminal.path, "--image", "0x20000:package.json");
		await terminal.close();
		expect(err).toContain("dialout");
	});

	test("lists the ports", async () => {
		expect((await run("--list")).code).toBe(0);
	});
});

describe("the page's command", () => {
	const page = (...parameters: string[]) => runWith("flash-page", "", ...parameters).ended;

	test("writes what a web server needs, and offers what was built", async () => {
		const from = join(folder, "built");
		const out = join(folder, "page");
		await mkdir(join(from, "wearable"), { recursive: true });
		const files = {
			"boot_v1.7.bin": image(3000),
			"main.bin": image(5000),
			"esp_init_data_default.bin": randomBytes(128),
		};
		for (const [name, bytes] of Object.entries(files)) await writeFile(join(from, "wearable", name), bytes);
		await writeFile(join(from, "wearable/version.txt"), "1.2.3\n");
		const made = await page("--from", from, "--out", out);
		expect(made.err).toBe("");
		expect(made.code).toBe(0);
		expect(made.out).toContain("npm run build -- gateway");
		const manifest = JSON.parse(await readFile(join(out, "wearable.json"), "utf8"));
		expect(manifest.version).toBe("1.2.3");
		for (const { path, offset } of manifest.builds[0].parts) {
			const bytes = await readFile(join(out, path));
			expect(bytes.length).toBe(files[path.split("/")[1] as keyof typeof files].length);
			expect([0, 0x1000, 0x3fc000]).toContain(offset);
		}
		expect(existsSync(join(out, "gateway.json"))).toBe(false);

		const again = await page("--from", from, "--out", out);
		expect(again.code).toBe(2);
		expect(again.err).toContain("is not empty");
	});

	test("says how to build when nothing was", async () => {
		const { code, err } = await page("--from", join(folder, "nowhere"), "--out", join(folder, "other"));
		expect(code).toBe(2);
		expect(err).toContain("npm run build -- wearable");
		expect(existsSync(join(folder, "other"))).toBe(false);
	});
});
