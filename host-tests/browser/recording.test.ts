/** Labelled windows, recorded and taken home on the page. */
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "../../tools/page/build";
import { Fleet } from "../../tools/simulator/fleet";
import { importArduino } from "../../tools/training/import/arduino";
import { importCaptures } from "../../tools/training/import/captures";
import { freePort } from "../simulator/ports";
import { hasChromium, launch, markup, openAs, watch } from "./chromium";

describe.skipIf(!hasChromium)("recording on the page", () => {
	let fleet: Fleet;
	let browser: Browser;
	let page: Page;
	let faults: string[];

	beforeAll(async () => {
		await buildPage();
		fleet = await Fleet.start({
			build: "debug",
			speed: 8,
			port: await freePort(),
			wearables: [
				{ id: "wearable-1", name: "Left", motion: { source: "gestures", kinds: ["left"] } },
				{ id: "wearable-2", name: "Right", motion: { source: "gestures", kinds: ["right"] } },
			],
		});
		await fleet.admit();
		browser = await launch();
		page = await browser.newPage();
		faults = watch(page);
		await page.goto(`${fleet.address}/#token=${fleet.token}`);
		await page.getByRole("link", { name: "Recording" }).click();
	});

	afterAll(async () => {
		await browser?.close();
		await fleet?.close();
	});

	const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
	const label = (text: string) =>
		page.getByRole("list", { name: "Kept windows" }).getByRole("listitem").filter({ hasText: text });
	const record = async (device: string, label: string, count: number) => {
		await page.getByLabel("Device").selectOption(device);
		await page.getByLabel("Label").fill(label);
		await page.getByLabel("Windows", { exact: true }).fill(String(count));
		await press("Record");
	};
	const download = async (name: string) => {
		const [file] = await Promise.all([page.waitForEvent("download"), press(name)]);
		return { name: file.suggestedFilename(), bytes: new Uint8Array(await readFile(await file.path())) };
	};

	it("shows how far each is, and ends by itself or when it is told", async () => {
		await record("Left", markup, 1000);
		await record("Right", "right", 3);
		const progress = page.getByRole("progressbar", { name: `Left: ${markup}` });
		await progress.waitFor();
		const value = async () => Number(await progress.getAttribute("value"));
		await expect.poll(value, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
		expect(await progress.getAttribute("max")).toBe("1000");
		await page.getByRole("progressbar", { name: "Right: right" }).waitFor({ state: "detached" });
		await press("Stop recording Left");
		await progress.waitFor({ state: "detached" });
		expect(await page.locator("main img").count()).toBe(0);
	});

	it("lists what is kept by label, and says labels as they are", async () => {
		await press("List what is kept");
		await label("right").getByText("3 windows").waitFor();
		const kept = Number(/^(\d+) windows of about \d+/.exec((await page.locator(".room").textContent())!)![1]);
		await label(markup)
			.getByText(String(kept - 3))
			.waitFor();
		await label("All").getByText(`${kept} windows`).waitFor();
	});

	it("downloads what the importers read", async () => {
		const lines = await download("Download all as JSON lines");
		expect(lines.name).toBe("captures.ndjson");
		const { items, problems } = importCaptures(lines, {});
		expect(problems).toEqual([]);
		expect(items.filter(({ label }) => "right" === label)).toHaveLength(3);
		expect(new Set(items.map(({ label }) => label))).toEqual(new Set([markup, "right"]));

		const table = await download("Download right as CSV");
		expect(table.name).toBe("captures-right.csv");
		expect(importArduino(table, { label: "right", rate: 119.4 }).items).toHaveLength(3);

		const own = await download(`Download ${markup} as JSON lines`);
		expect(own.name).toMatch(/^captures-[\w.-]+\.ndjson$/);
		expect(importCaptures(own, {}).items).toHaveLength(items.length - 3);
	});

	it("says in the gateway's words why a recording does not begin", async () => {
		await record("Left", "ü".repeat(20), 5);
		const alert = page.getByRole("alert");
		await alert.getByText("The recording did not begin").waitFor();
		expect(await alert.textContent()).toMatch(/32/);
		await press("Dismiss");
	});

	it("removes with a second press only", async () => {
		await press("Remove right");
		await label("right").getByText("3 windows").waitFor();
		await press("Remove for good right");
		await label("right").waitFor({ state: "detached" });
		await press(`Remove ${markup}`);
		await press(`Remove for good ${markup}`);
		await page.getByText("0 windows").waitFor();
		expect(await fleet.client.request("GET", "/api/v1/captures")).toMatchObject({ windows: 0 });
	});

	it("is seen by a token that may only look, which can press nothing", async () => {
		await record("Right", "seen", 1000);
		const { page: wall, context } = await openAs(browser, fleet, "infer");
		await wall.getByRole("link", { name: "Recording" }).click();
		await wall.getByRole("progressbar", { name: "Right: seen" }).waitFor();
		await wall.getByText("sign in with a token that may train").waitFor();
		expect(await wall.getByRole("button").allTextContents()).toEqual(["Sign out"]);
		expect(await wall.locator("input, select").count()).toBe(0);
		await context.close();
		await press("Stop recording Right");
	});

	it("had no fault on the way", () => expect(faults).toEqual([]));
});
