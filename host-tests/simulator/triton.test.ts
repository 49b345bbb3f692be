import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "../../tools/page/build";
import { Fleet } from "../../tools/simulator/fleet";
import { hasProgram } from "../optional";
import { freePort } from "./ports";

const run = promisify(execFile);
const python = process.env.PYTHON ?? "python3";
const available = hasProgram(
	await run(python, ["-c", "import tritonclient.http"]).then(
		() => true,
		() => false,
	),
	"the gateway with a standard Open Inference Protocol client",
	"`pip install 'tritonclient[http]'` brings it; PYTHON names the Python that has it",
);

describe.skipIf(!available)("a standard Open Inference Protocol client (tritonclient)", () => {
	let fleet: Fleet;

	beforeAll(async () => {
		await buildPage();
		fleet = await Fleet.start({ build: "debug", port: await freePort(), wearables: [] });
	});

	afterAll(() => fleet?.close());

	it("lists, unloads and loads the model, reads its metadata and infers with JSON and with binary tensors", async () => {
		const script = fileURLToPath(new URL("triton_client.py", import.meta.url));
		const { stdout } = await run(python, [script, fleet.address.slice(7), fleet.token]);
		const report = JSON.parse(stdout);
		expect(report.live).toBe(true);
		expect(report.ready).toBe(true);
		expect(report.reload).toEqual([false, true]);
		expect(report.models).toContainEqual(["gesture", "READY"]);
		expect(report.inputs).toEqual([["INT16", [1, 119, 6]]]);
		expect(report.json).toHaveLength(3);
		expect(report.binary).toEqual(report.json);
		expect(report.json.reduce((sum: number, value: number) => sum + value)).toBeCloseTo(1, 1);
		expect(report.classification).toMatch(/^\d\.\d+:\d:\w+$/);
		expect(report.inferences).toBeGreaterThanOrEqual(3);
		expect(report.wrongShape).toMatch(/shape/);
	});
});
