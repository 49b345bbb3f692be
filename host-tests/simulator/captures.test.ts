/** Windows of a simulated wearable, recorded by the gateway under a label, exported, and read by the importer. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Fleet } from "../../tools/simulator/fleet";
import { root } from "../../tools/simulator/paths";
import { importArduino } from "../../tools/training/import/arduino";
import { importCaptures } from "../../tools/training/import/captures";
import { freePort } from "./ports";

let fleet: Fleet;

beforeAll(async () => {
	fleet = await Fleet.start({
		build: "debug",
		port: await freePort(),
		speed: 8,
		seed: 1,
		wearables: [
			{ id: "wearable-1", name: "Left", motion: { source: "gestures", kinds: ["left"] } },
			{ id: "wearable-2", name: "Right", motion: { source: "gestures", kinds: ["right"] } },
		],
	});
	await fleet.admit();
});
const folder = mkdtempSync(join(tmpdir(), "captures-"));
afterAll(async () => {
	rmSync(folder, { recursive: true });
	await fleet?.close();
});

interface Summary {
	windows: number;
	capacity: number;
	recordings: { device: string; label: string; remaining: number }[];
}

async function exported(query: string): Promise<Uint8Array> {
	const response = await fetch(`${fleet.address}/api/v1/captures/windows${query}`, {
		headers: { authorization: `Bearer ${fleet.token}` },
	});
	expect(response.status).toBe(200);
	return new Uint8Array(await response.arrayBuffer());
}

test("are what the importer reads, as lines and as a table", { timeout: 120_000 }, async () => {
	await fleet.client.request("PUT", "/api/v1/captures/recordings/wearable-1", { label: "left", count: 5 });
	await fleet.client.request("PUT", "/api/v1/captures/recordings/wearable-2", { label: "right", count: 3 });
	let summary: Summary;
	do {
		await new Promise((resume) => setTimeout(resume, 200));
		summary = (await fleet.client.request("GET", "/api/v1/captures")) as Summary;
	} while (summary.recordings.length > 0);
	expect(summary.windows).toBe(8);

	const lines = importCaptures({ name: "captures.ndjson", bytes: await exported("") }, {});
	expect(lines.problems).toEqual([]);
	expect(lines.items.map(({ label }) => label).sort()).toEqual([...Array(5).fill("left"), ...Array(3).fill("right")]);
	for (const { rate, channels, samples } of lines.items)
		expect([rate, channels, samples.length]).toEqual([119.4, 6, 714]);

	const table = importArduino(
		{ name: "left.csv", bytes: await exported("?format=csv&label=left") },
		{ label: "left", rate: 119.4 },
	);
	expect(table.problems).toEqual([]);
	const left = lines.items.filter(({ label }) => label === "left");
	expect(table.items).toHaveLength(left.length);
	table.items.forEach(({ samples }, i) => {
		const furthest = samples.map((value, at) => Math.abs(value - left[i]!.samples[at]!));
		expect(Math.max(...furthest)).toBeLessThan(0.001);
	});

	expect(await fleet.client.request("DELETE", "/api/v1/captures/windows?label=left")).toEqual({ removed: 5 });
	expect(importCaptures({ name: "captures.ndjson", bytes: await exported("") }, {}).items).toHaveLength(3);
});

/** `npm run capture` with these words; gives what it printed. */
async function capture(...words: string[]): Promise<string> {
	const { stdout } = await promisify(execFile)(
		process.execPath,
		["--import", "tsx", join(root, "tools/cli/capture.ts"), ...words, "--gateway", fleet.address],
		{
			cwd: root,
			env: { ...process.env, TMLAAS_TOKEN: fleet.token, TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json") },
		},
	);
	return stdout;
}

test("are recorded by the command, also more of them than the gateway keeps", { timeout: 240_000 }, async () => {
	await fleet.client.request("DELETE", "/api/v1/captures/windows");
	const { capacity } = (await fleet.client.request("GET", "/api/v1/captures")) as Summary;
	const count = capacity + 3;
	await expect(capture("wearable-1", "left", "--count", `${count}`)).rejects.toThrow(/with --out more are recorded/);
	const out = join(folder, "strokes");
	const printed = await capture("wearable-1", "left", "--count", `${count}`, "--out", out);
	expect(printed).toContain(`  ${count} of ${count}\n`);
	expect(printed).toContain("the gateway keeps 0 windows");
	expect(readdirSync(out)).toEqual(["left.ndjson"]);
	const { items, problems } = importCaptures(
		{ name: "left.ndjson", bytes: readFileSync(join(out, "left.ndjson")) },
		{},
	);
	expect(problems).toEqual([]);
	expect(items.map(({ label }) => label)).toEqual(Array(count).fill("left"));
	expect(new Set(items.map(({ samples }) => samples.join())).size).toBe(count);

	expect(await capture("wearable-2", "right", "--count", "2", "--out", out)).toContain(`${out}: 1 file`);
	expect(readdirSync(out)).toEqual(["captures.ndjson", "left.ndjson"]);
});
