import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFirmware } from "../../../tools/flash/firmware";
import { createManifest } from "../../../tools/flash/manifest";
import { readPartitionTable, slots } from "../../../tools/flash/partition-table";
import { type Chip, checkParts, type Part, PartsError } from "../../../tools/flash/parts";
import { root } from "../../../tools/simulator/paths";

type Row = readonly [type: number, subtype: number, offset: number, size: number, name: string];

/** As ESP-IDF's gen_esp32part.py lays a table out. */
function table(rows: readonly Row[]): Buffer {
	const bytes = Buffer.alloc(0xc00, 0xff);
	for (const [index, [type, subtype, offset, size, name]] of rows.entries()) {
		const entry = bytes.subarray(32 * index, 32 * (index + 1)).fill(0);
		entry.set([0xaa, 0x50, type, subtype]);
		entry.writeUInt32LE(offset, 4);
		entry.writeUInt32LE(size, 8);
		entry.write(name, 12, "latin1");
	}
	const end = 32 * rows.length;
	bytes.set([0xeb, 0xeb], end);
	createHash("md5")
		.update(bytes.subarray(0, end))
		.digest()
		.copy(bytes, end + 16);
	return bytes;
}

const subtypes: Readonly<Record<string, number>> = { ota: 0, phy: 1, nvs: 2, ota_0: 0x10, ota_1: 0x11 };

/** The Wireless Stick's own. */
async function ownRows(): Promise<Row[]> {
	const text = await readFile(join(root, "firmware/targets/heltec_wireless_stick/partitions.csv"), "utf8");
	return text
		.split("\n")
		.filter((line) => /^\w/.test(line))
		.map((line) => {
			const [name, type, subtype, offset, size] = line.split(",").map((field) => field.trim()) as [
				string,
				string,
				string,
				string,
				string,
			];
			return [
				type === "app" ? 0 : 1,
				subtypes[subtype] ?? Number(subtype),
				Number(offset),
				Number(size),
				name,
			] as const;
		});
}

function image(length: number, chip = 0): Uint8Array {
	const bytes = new Uint8Array(Math.max(length, 24)).fill(7);
	bytes.set([0xe9, 3, 2, 0x20]);
	bytes.set([chip, 0], 12);
	return bytes.slice(0, length);
}

describe("a partition table", () => {
	test("says where the app and what chooses it are", async () => {
		const rows = await ownRows();
		const entries = readPartitionTable(table(rows));
		expect(entries.map(({ type, subtype, offset, size, name }) => [type, subtype, offset, size, name])).toEqual(rows);
		const { app, otadata } = slots(entries);
		expect(app.name).toBe("ota_0");
		expect(otadata.name).toBe("otadata");
		// One slot's firmware cannot reach into the other.
		const second = entries.find(({ name }) => name === "ota_1")!;
		expect(app.offset + app.size).toBeLessThanOrEqual(second.offset);
	});

	test("is refused when it is damaged, or has no two slots", async () => {
		const rows = await ownRows();
		const bytes = table(rows);
		for (let at = 0; at < 32 * rows.length; at++) {
			const damaged = Buffer.from(bytes);
			damaged[at]! ^= 1;
			expect(() => readPartitionTable(damaged)).toThrow(PartsError);
		}
		expect(() => slots(readPartitionTable(table([[1, 2, 0x9000, 0x6000, "nvs"]])))).toThrow(PartsError);
		const oneSlot = rows.filter(([, subtype]) => subtype !== 0x11);
		expect(() => slots(readPartitionTable(table(oneSlot)))).toThrow(PartsError);
		expect(() => readPartitionTable(image(4096))).toThrow(PartsError);
		expect(readPartitionTable(new Uint8Array(0xc00).fill(0xff))).toEqual([]);
	});
});

describe("parts are refused that", () => {
	const part = (offset: number, bytes: Uint8Array): Part => ({ name: "x.bin", offset, bytes });
	test.each<[string, Chip, Part[], RegExp]>([
		["are empty", "ESP32", [part(0x20000, new Uint8Array(0))], /empty/],
		["do not begin where a sector does", "ESP32", [part(0x10010, image(100))], /erased by 4096/],
		["overlap", "ESP32", [part(0x10000, image(5000)), part(0x11000, image(5))], /reaches into/],
		["overlap in any order", "ESP32", [part(0x11000, image(5)), part(0x10000, image(5000))], /reaches into/],
		["are no image", "ESP32", [part(0x10000, new Uint8Array(5000))], /no firmware image/],
		["are no boot loader", "ESP8266", [part(0, new Uint8Array(5000))], /no firmware image/],
		["are for an ESP32-S3", "ESP32", [part(0x10000, image(5000, 9))], /another chip/],
		["end within the header", "ESP32", [part(0x1000, image(20))], /ends within/],
		["are no table", "ESP32", [part(0x8000, image(3072))], /no partition table/],
	])("%s", (_, chip, parts, message) => {
		expect(() => checkParts(parts, chip)).toThrow(PartsError);
		expect(() => checkParts(parts, chip)).toThrow(message);
	});

	test("and others are not", () => {
		const old = image(5000);
		old[0] = 0xea;
		expect(() => checkParts([part(0, image(4096)), part(0x1000, old)], "ESP8266")).not.toThrow();
		expect(() => checkParts([part(0x1000, image(5000)), part(0x10000, image(9))], "ESP32")).toThrow(/ends within/);
		expect(() => checkParts([part(0x1000, image(4096)), part(0x2000, image(9))], "ESP32")).not.toThrow();
	});
});

describe("the built firmware", () => {
	let folder: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "firmware-"));
		const files = {
			"bootloader.bin": image(20_000),
			"partition-table.bin": table(await ownRows()),
			"ota_data_initial.bin": new Uint8Array(0x2000).fill(0xff),
			"xs_esp32.bin": image(1_000_000),
			"boot_v1.7.bin": image(4000),
			"main.bin": image(600_000),
			"esp_init_data_default.bin": new Uint8Array(128),
		};
		for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
	});

	afterAll(async () => {
		await rm(folder, { recursive: true });
	});

	test("goes where its own table says", async () => {
		const rows = await ownRows();
		const at = (name: string) => rows.find((row) => row[4] === name)![2];
		const parts = await readFirmware("gateway", folder);
		expect(parts.map(({ name, offset }) => [name, offset])).toEqual([
			["bootloader.bin", 0x1000],
			["partition-table.bin", 0x8000],
			["ota_data_initial.bin", at("otadata")],
			["xs_esp32.bin", at("ota_0")],
		]);
	});

	test("has a manifest that ESP Web Tools reads", async () => {
		for (const app of ["gateway", "wearable"] as const) {
			const parts = await readFirmware(app, folder);
			const manifest = JSON.parse(JSON.stringify(createManifest(app, "1.2.3", parts)));
			// What its documentation names, and no more.
			expect(Object.keys(manifest).sort()).toEqual([
				"builds",
				"name",
				"new_install_improv_wait_time",
				"new_install_prompt_erase",
				"version",
			]);
			expect(manifest).toMatchObject({ name: `TMLaaS ${app}`, version: "1.2.3", new_install_prompt_erase: true });
			expect(manifest.builds).toEqual([
				{
					chipFamily: app === "gateway" ? "ESP32" : "ESP8266",
					parts: parts.map(({ name, offset }) => ({ path: `${app}/${name}`, offset })),
				},
			]);
		}
	});

	test("is refused when it is too large for its slot, or not there", async () => {
		await expect(readFirmware("gateway", join(folder, "none"))).rejects.toThrow(/npm run build -- gateway/);
		const { size } = slots(readPartitionTable(table(await ownRows()))).app;
		await writeFile(join(folder, "xs_esp32.bin"), image(size + 1));
		await expect(readFirmware("gateway", folder)).rejects.toThrow(PartsError);
	});
});
