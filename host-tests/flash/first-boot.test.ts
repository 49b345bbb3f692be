/** From an empty board to one that is on line, by one command: the loader and the firmware behind it are simulated. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { panel } from "../../tools/simulator/fleet";
import { root } from "../../tools/simulator/paths";
import { RomLoader } from "../../tools/simulator/rom-loader/rom-loader";
import { Simulator } from "../../tools/simulator/simulator";
import { freePort } from "../simulator/ports";
import { hasTerminals, Terminal } from "./terminal";

const ssid = `Anna's "Café" 📶`;
const password = `p"a's<s>&w;\\ör`;

let folder: string;
let simulator: Simulator;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "flash-boot-"));
	simulator = await Simulator.start({ speed: 10, progress() {} });
});

afterEach(async () => {
	await simulator.close();
	await rm(folder, { recursive: true });
});

describe.skipIf(!hasTerminals)("one command", () => {
	test("flashes a gateway and takes it on line", { timeout: 120_000 }, async () => {
		const port = await freePort();
		const image = randomBytes(20_000);
		// An image for an ESP32, as its header says.
		image.set([0xe9, 3, 2, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
		const file = join(folder, "app.bin");
		await writeFile(file, image);

		let isOn = false;
		const terminal = await Terminal.open((bytes) => loader.receive(bytes));
		const loader = new RomLoader({
			chip: "ESP32",
			startsInLoader: true,
			hasNoRate: true,
			send: (bytes) => terminal.write(bytes),
			firmware: {
				async start() {
					await simulator.add({
						name: "gateway",
						app: join(root, "manifest.json"),
						directory: join(folder, "gateway"),
						storage: { gateway: { name: "kitchen", port } },
						chips: [panel],
						restarts: true,
						air: { networks: [{ ssid, password, strength: -40 }] },
					});
					isOn = true;
				},
				// What comes before is lost, as on a board that still starts.
				receive: (bytes) => void (isOn && simulator.serial("gateway", 0, bytes).catch(() => {})),
			},
		});
		simulator.on("serial", ({ bytes }) => loader.say(bytes));

		const child = spawn(
			process.execPath,
			[
				...["--import", "tsx", "tools/cli/flash.ts", "gateway", "--port", terminal.path],
				...["--image", `0x10000:${file}`, "--wifi", ssid],
			],
			{ cwd: root, env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json") } },
		);
		child.stdin.end(`${password}\n`);
		let said = "";
		let isPressed = false;
		for (const stream of [child.stdout, child.stderr])
			stream.on("data", (text) => {
				said += text;
				if (isPressed || !said.includes("press RST")) return;
				isPressed = true;
				loader.setSignals({ dtr: false, rts: true });
				loader.setSignals({ dtr: false, rts: false });
			});
		const code = await new Promise((resolve) => child.on("close", resolve));
		await terminal.close();

		expect(Buffer.from(loader.flash.bytes.subarray(0x10000, 0x10000 + image.length)).equals(image)).toBe(true);
		expect(said).toMatch(/The board is on line/);
		expect(code).toBe(0);
		// It serves in the network that it was given.
		await expect
			.poll(
				() =>
					fetch(`http://127.0.0.1:${port}/v2/health/ready`).then(
						({ status }) => status,
						() => 0,
					),
				{ timeout: 30_000, interval: 100 },
			)
			.toBe(200);
	});
});
