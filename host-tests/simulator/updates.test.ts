/** New firmware in the other slot, with the bootloader's choice between them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { buildImage } from "../../tools/simulator/image";
import { type Exit, type PowerCut, Simulator } from "../../tools/simulator/simulator";

const app = fileURLToPath(new URL("./apps/board/manifest.json", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "updates-test-"));
afterAll(() => rmSync(temporary, { recursive: true }));

let simulator: Simulator;
let exits: Exit[];
let lines: string[];
beforeEach(async () => {
	exits = [];
	lines = [];
	simulator = await Simulator.start({ clock: "virtual", progress: () => {} });
	simulator.on("exit", (exit) => exits.push(exit));
	simulator.on("log", ({ text }) => lines.push(text));
});
afterEach(() => simulator.close());

/** For a busy computer. */
const patience = { timeout: 20_000 };

let directories = 0;
/** A board that installs this image once. */
async function board(image: Uint8Array, cutPower?: PowerCut): Promise<void> {
	const directory = join(temporary, `${++directories}`);
	mkdirSync(directory);
	const length = Buffer.alloc(4);
	length.writeUInt32LE(image.length);
	writeFileSync(join(directory, "image.bin"), Buffer.concat([length, image]));
	await simulator.add({
		name: "board",
		app,
		directory,
		storage: { board: { role: "update" } },
		restarts: true,
		cutPower,
	});
}

const said = (line: string | RegExp) => expect.poll(() => lines.join("\n"), patience).toMatch(line);
const firmware = (trial: string) => buildImage(app, { config: { board: { version: "2", trial } } });
const runs = () => lines.filter((line) => line.startsWith("runs"));

test("runs after the restart, on trial, and stays when it is confirmed", async () => {
	await board(await firmware("confirm"));
	await said("confirmed 2 false");
	expect(runs()).toEqual(["runs 1 in ota_0", "runs 2 in ota_1 on trial"]);
	await simulator.reset("board", "power");
	await expect.poll(runs, patience).toEqual(["runs 1 in ota_0", "runs 2 in ota_1 on trial", "runs 2 in ota_1"]);
});

for (const [trial, reason] of [
	["roll back", "restart"],
	["die", "panic"],
])
	test(`goes back when the new firmware is to ${trial}`, async () => {
		await board(await firmware(trial!));
		await expect.poll(runs, patience).toEqual(["runs 1 in ota_0", "runs 2 in ota_1 on trial", "runs 1 in ota_0"]);
		expect(exits.map((exit) => exit.reason)).toEqual(["restart", reason]);
	});

test("goes back at the next start when nobody confirmed", async () => {
	await board(await firmware("idle"));
	await expect.poll(runs, patience).toHaveLength(2);
	await simulator.reset("board", "button");
	await expect.poll(runs, patience).toEqual(["runs 1 in ota_0", "runs 2 in ota_1 on trial", "runs 1 in ota_0"]);
});

test("a damaged image is refused, and the old one stays", async () => {
	const image = await firmware("confirm");
	image[5000]! ^= 1;
	await board(image);
	await said(/^refused .*end failed$/m);
	await simulator.reset("board", "power");
	await expect.poll(runs, patience).toEqual(["runs 1 in ota_0", "runs 1 in ota_0"]);
});

test("what is no image is refused at its first byte", async () => {
	await board(new Uint8Array(5000));
	await expect.poll(() => exits.length, patience).toBeGreaterThan(0);
	expect(exits[0]!.message).toContain("write failed");
});

for (const how of ["before", "after", "torn"] as const)
	test(`a power cut at each operation, ${how}: the old or the new firmware runs`, async () => {
		const image = await firmware("confirm");
		let cuts = 0;
		const ends = new Set<string>();
		for (let nth = 1; ; nth++) {
			lines.length = 0;
			exits.length = 0;
			await board(image, { nth, how });
			// A cut within the choice of the new firmware may lose it; then the old one stays, and it can be sent again.
			await said(/^(stays [12]|refused.*)$/m);
			expect(exits.map((exit) => exit.reason).filter((reason) => reason !== "restart")).toEqual(
				exits.some((exit) => exit.cause === "power cut") ? ["power"] : [],
			);
			ends.add(lines.at(-1)!);
			await simulator.stop("board");
			if (exits.every((exit) => exit.cause !== "power cut")) break;
			cuts++;
		}
		expect([...ends].every((end) => /^stays [12]$/.test(end))).toBe(true);
		expect(cuts).toBeGreaterThan(image.length / 3000 + image.length / 4096);
	});
