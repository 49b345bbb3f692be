/** `npm run build` itself, with a stand-in for the SDK's mcconfig that keeps what it was given and leaves what a build leaves. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey, publicDigits } from "../../tools/firmware-image/publisher-key";
import { trailerOf } from "../../tools/firmware-image/signed-firmware";
import { root } from "../../tools/simulator/paths";

const slot = 0x1c0000;

let folder: string;

function write(path: string, content: string | Uint8Array, mode = 0o644): void {
	const whole = join(folder, path);
	mkdirSync(dirname(whole), { recursive: true });
	writeFileSync(whole, content);
	chmodSync(whole, mode);
}

/** An app image of ESP-IDF, as far as the signer looks at it: its header, and the SHA-256 of all before. */
function appImage(length: number): Buffer {
	const image = Buffer.alloc(length, 0x5a);
	image[0] = 0xe9;
	image.writeUInt16LE(0, 12);
	image[23] = 1;
	createHash("sha256")
		.update(image.subarray(0, -32))
		.digest()
		.copy(image, length - 32);
	return image;
}

function partitionTable(): Buffer {
	const table = Buffer.alloc(0xc00, 0xff);
	const entries = [
		[1, 0, 0x390000, 0x2000, "otadata"],
		[0, 0x10, 0x10000, slot, "ota_0"],
		[0, 0x11, 0x1d0000, slot, "ota_1"],
	] as const;
	for (const [index, [type, subtype, offset, size, name]] of entries.entries()) {
		const entry = table.subarray(32 * index, 32 * (index + 1)).fill(0);
		entry.set([0xaa, 0x50, type, subtype]);
		entry.writeUInt32LE(offset, 4);
		entry.writeUInt32LE(size, 8);
		entry.write(name, 12, "latin1");
	}
	return table;
}

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "build-"));
	mkdirSync(join(folder, "sdk/xs/includes"), { recursive: true });
	mkdirSync(join(folder, "sdk/build/devices"), { recursive: true });
	// Keeps its parameters and the manifest, then copies what lies ready to where the SDK leaves it.
	write(
		"sdk/build/bin/lin/release/mcconfig",
		`#!/bin/sh
printf '%s\\n' "$@" > "${"$"}GIVEN/parameters"
for last; do :; done
cp "$last" "${"$"}GIVEN/manifest.json"
[ -f "${"$"}GIVEN/fails" ] && { echo 'ReferenceError: module "nothing" not found!' >&2; exit 1; }
mkdir -p "${"$"}GIVEN/made"
while [ "$1" != -o ]; do shift; done
output=$2
made=$output/bin/esp/nodemcu/release/wearable
grep -q esp32 "${"$"}GIVEN/parameters" && made=$output/bin/esp32/heltec_wireless_stick/release/gateway
mkdir -p "$made" && cp "${"$"}GIVEN"/made/* "$made"
`,
		0o755,
	);
	for (const program of ["idf.py", "xtensa-esp32-elf-gcc", "make", "python"])
		write(`bin/${program}`, "#!/bin/sh\n", 0o755);
	mkdirSync(join(folder, "idf/components/esp_wifi"), { recursive: true });
	const git = (...parameters: string[]) =>
		execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...parameters], {
			cwd: join(folder, "idf"),
			stdio: "ignore",
		});
	git("init");
	git("commit", "--allow-empty", "-m", "as released");
	git("tag", "-a", "v6.0.1", "-m", "as released");
	for (const path of ["esp8266-2.3.0/cores/esp8266/", "toolchain/Linux/xtensa-lx106-elf/bin/"])
		mkdirSync(join(folder, "esp", path), { recursive: true });
	mkdirSync(join(folder, "esp/ESP8266_RTOS_SDK/components/newlib"), { recursive: true });
	write("esp/ESP8266_RTOS_SDK/components/esp8266/firmware/boot_v1.7.bin", "boot");
	write("esp/ESP8266_RTOS_SDK/components/esp8266/firmware/esp_init_data_default.bin", "init");
});

afterAll(() => {
	rmSync(folder, { recursive: true });
});

async function build(given: string, ...parameters: string[]): Promise<{ code: number; out: string; err: string }> {
	const child = spawn(process.execPath, ["--import", "tsx", "tools/cli/build.ts", ...parameters], {
		cwd: root,
		env: {
			...process.env,
			TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json"),
			MODDABLE: join(folder, "sdk"),
			IDF_PATH: join(folder, "idf"),
			ESP_BASE: join(folder, "esp"),
			ESPRESSIF_SDK_ROOT: "",
			TOOLS_ROOT: "",
			PATH: `${join(folder, "bin")}:${process.env.PATH}`,
			GIVEN: join(folder, given),
		},
	});
	let out = "";
	let err = "";
	child.stdout.on("data", (text) => {
		out += text;
	});
	child.stderr.on("data", (text) => {
		err += text;
	});
	const code = await new Promise<number>((resolve) => child.on("close", resolve));
	return { code, out, err };
}

const to = (name: string) => ["--to", join(folder, name)];
const read = (path: string) => readFileSync(join(folder, path));

function gateway(given: string, length: number): void {
	write(`${given}/made/xs_esp32.bin`, appImage(length));
	write(`${given}/made/partition-table.bin`, partitionTable());
	write(`${given}/made/bootloader.bin`, "loader");
	write(`${given}/made/ota_data_initial.bin`, "data");
}

test("the gateway: built, signed with the key that it is given, told how full its slot is", async () => {
	gateway("signed", 1_000_000);
	const key = await makeKey(join(folder, "key.pem"));
	const { code, out } = await build(
		"signed",
		...["gateway", "--key", join(folder, "key.pem"), "--version", "1.2.3", ...to("out")],
	);
	expect(code).toBe(0);
	expect(out).toContain("45.5 % are free");
	expect(read("signed/parameters").toString().split("\n").slice(0, 5)).toEqual([
		"-m",
		"-t",
		"build",
		"-p",
		"esp32:firmware/targets/heltec_wireless_stick",
	]);
	const manifest = JSON.parse(read("signed/manifest.json").toString());
	expect(manifest.build).toEqual({ NAME: "gateway" });
	expect(manifest.config).toEqual({ gateway: { version: "1.2.3", firmwareKey: publicDigits(key) } });
	expect(trailerOf(read("out/gateway-1.2.3.bin"))).toMatchObject({ product: "gateway", version: "1.2.3" });
	expect(read("out/version.txt").toString()).toBe("1.2.3\n");
	expect(read("out/bootloader.bin").toString()).toBe("loader");
	expect(read("out/xs_esp32.bin")).toHaveLength(1_000_000);
});

test("less than 15 % of a slot are free: built, and said", async () => {
	gateway("full", 1_600_000);
	const { code, out, err } = await build("full", "gateway", ...to("full-out"));
	expect(code).toBe(0);
	expect(out).toContain("12.8 % are free");
	expect(out).toContain("npm run flash -- gateway");
	expect(err).toContain("Less than 15 % of a slot are free");
	expect(read("full-out/xs_esp32.bin")).toHaveLength(1_600_000);
});

test("more than a slot holds: refused", async () => {
	gateway("over", slot + 1);
	const { code, err } = await build("over", "gateway", ...to("over-out"));
	expect(code).toBe(1);
	expect(err).toContain("does not fit");
});

test("the wearable: with the chip's boot loader", async () => {
	write("wearable/made/main.bin", "main");
	const { code, out } = await build("wearable", "wearable", ...to("wearable-out"));
	expect(code).toBe(0);
	expect(out).toContain("npm run flash -- wearable --port PORT");
	for (const [name, content] of [
		["main.bin", "main"],
		["boot_v1.7.bin", "boot"],
		["esp_init_data_default.bin", "init"],
	])
		expect(read(`wearable-out/${name}`).toString()).toBe(content);
	expect(read("wearable/parameters").toString()).toContain("esp:firmware/targets/nodemcu\n");
});

test("what the SDK complains of is shown", async () => {
	gateway("broken", 1_000_000);
	write("broken/fails", "");
	const { code, err } = await build("broken", "gateway", ...to("broken-out"));
	expect(code).toBe(1);
	expect(err).toContain('ReferenceError: module "nothing" not found!');
});

test("a file that was not made is named", async () => {
	write("empty/made/note", "");
	const { code, err } = await build("empty", "gateway", ...to("empty-out"));
	expect(code).toBe(1);
	expect(err).toMatch(/(bootloader|xs_esp32)\.bin was not made/);
});

test.each([
	[[], /which firmware is to be built/],
	[["toaster"], /Not "toaster"/],
	[["gateway", "--version", "one"], /three numbers, as in 1\.2\.0 or 1\.2\.0-rc\.1, not "one"/],
	[["wearable", "--key", "key.pem"], /are for the gateway/],
	[["gateway", "--key", "/nowhere/key.pem"], /npm run sign -- --key \/nowhere\/key\.pem --new makes one/],
])("%s", async (parameters, expected) => {
	const { code, err } = await build("none", ...parameters);
	expect(code).toBe(2);
	expect(err).toMatch(expected);
});
