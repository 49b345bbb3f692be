/** What an operator does with models on the page. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { buildPage } from "../../tools/page/build";
import { Fleet, type WearableOptions } from "../../tools/simulator/fleet";
import { changes, makeFile } from "../simulator/model-files";
import { freePort } from "../simulator/ports";
import { hasChromium, launch, markup, openAs, watch } from "./chromium";

const wearable: WearableOptions = {
	id: "wearable-1",
	name: "Wrist",
	motion: { source: "gestures", kinds: ["left", "right"] },
};

const other: WearableOptions = {
	id: "wearable-2",
	name: "Pen",
	motion: { source: "gestures", kinds: ["left", "right"] },
	settings: { model: "strokes" },
};

/** The labels of version 2.0.0. */
const labels = [markup, "up", "down"];

const withLabels = (model: Parameters<typeof changes.golden>[0]) => {
	const card = JSON.parse(Buffer.from(model.metadata!.TMLAAS_CARD!).toString());
	const metadata = { ...model.metadata, TMLAAS_CARD: Buffer.from(JSON.stringify({ ...card, labels })) };
	return { ...model, metadata };
};

describe.skipIf(!hasChromium)("models on the page", () => {
	let directory: string;
	let port: number;
	let fleet: Fleet;
	let browser: Browser;
	let page: Page;
	let faults: string[];

	const start = () =>
		Fleet.start({ build: "debug", speed: 4, port, directory, token: "operator", wearables: [wearable] });

	beforeAll(async () => {
		await Promise.all([buildPage(), buildEngine()]);
		directory = await mkdtemp(join(tmpdir(), "tmlaas-page-"));
		port = await freePort();
		fleet = await start();
		await fleet.admit();
		browser = await launch();
		page = await browser.newPage();
		faults = watch(page);
		await page.goto(`${fleet.address}/#token=${fleet.token}`);
		await page.getByRole("link", { name: "Models" }).click();
	});

	afterAll(async () => {
		await browser?.close();
		await fleet?.close();
		await rm(directory, { recursive: true, force: true });
	});

	const file = (name: string, content: Uint8Array) => ({
		name,
		mimeType: "application/octet-stream",
		buffer: Buffer.from(content),
	});
	const choose = (name: string, content: Uint8Array) =>
		page.getByLabel("Upload a model").setInputFiles(file(name, content));
	const press = (name: string | RegExp) => page.getByRole("button", { name }).click();
	const row = (version: string): Locator =>
		page.getByRole("listitem").filter({ has: page.getByText(version, { exact: true }) });
	const alert = async () => {
		const text = (await page.getByRole("alert").textContent())!;
		await page.getByRole("alert").getByRole("button", { name: "Dismiss" }).click();
		return text;
	};

	it("are listed with their state and the room that there is", async () => {
		await row("1.0.0").getByText("Live", { exact: true }).waitFor();
		await row("1.0.0").getByText("part of the firmware").waitFor();
		const value = (name: string) => page.getByRole("meter", { name }).evaluate((meter) => Reflect.get(meter, "value"));
		expect(await value("Memory used")).toBeGreaterThan(0);
		expect(await value("Flash used")).toBe(0);
	});

	it("are uploaded, which changes nothing that serves", async () => {
		await choose("new.tflite", await makeFile({ version: "2.0.0", seed: 1, change: withLabels }));
		await page.getByText(/^gesture 2\.0\.0 is stored, [\d,]+ bytes\.$/).waitFor();
		await row("2.0.0").getByText("Stored").waitFor();
		await page.getByText("Model gesture 1.0.0").waitFor();
	});

	it("serve when they are made live, and devices' cards follow with the new labels, as text", async () => {
		await press("Make live: gesture 2.0.0");
		await row("2.0.0").getByText("Live, on trial").waitFor();
		await page.getByText("Model gesture 2.0.0").waitFor();
		await page.getByRole("link", { name: "Devices" }).click();
		await page.getByText("gesture 2.0.0", { exact: true }).waitFor();
		expect(await page.locator(".probabilities dt").allTextContents()).toEqual(labels);
		expect(labels).toContain(await page.locator(".label").textContent());
		expect(await page.locator("main img").count()).toBe(0);
		await page.getByRole("link", { name: "Models" }).click();
	});

	it("come back when they are older", async () => {
		await press("Go back to this: gesture 1.0.0");
		await row("1.0.0").getByText("Live", { exact: true }).waitFor();
		await row("2.0.0").getByText("Stored").waitFor();
		await page.getByText("Model gesture 1.0.0").waitFor();
		await page.getByRole("link", { name: "Devices" }).click();
		await page.getByText("gesture 1.0.0", { exact: true }).waitFor();
		expect(await page.locator(".probabilities dt").allTextContents()).toEqual(["left", "right", "other"]);
		await page.getByRole("link", { name: "Models" }).click();
	});

	it("run as shadows and are compared window by window, then promoted", async () => {
		await press("Run as shadow: gesture 2.0.0");
		await row("2.0.0").getByText("Shadow", { exact: true }).waitFor();
		const comparison = page.getByRole("region", { name: "Comparison of gesture 2.0.0 with 1.0.0" });
		const [matrix, means] = [comparison.getByRole("table").first(), comparison.getByRole("table").last()];
		await matrix.waitFor();
		expect((await matrix.getByRole("columnheader").allTextContents()).slice(-3)).toEqual(labels);
		// The sentence and the table come of one report.
		const { text, cells } = await comparison.evaluate((element) => ({
			text: element.querySelector("p")!.textContent!,
			cells: [...element.querySelectorAll("table:first-of-type tbody td")]
				.slice(0, 9)
				.map((cell) => Number(cell.textContent)),
		}));
		const windows = Number(/of ([\d,]+) windows/.exec(text)![1]);
		expect(windows).toBeGreaterThan(0);
		expect(cells.reduce((sum, cell) => sum + cell, 0)).toBe(windows);
		// They have no label in common.
		expect(text).toMatch(/^0\.0 % the same label: 0 of/);
		expect(await means.getByRole("row", { name: /^2\.0\.0/ }).textContent()).toMatch(/[\d.]+ %\s*[\d,]+ µs/);
		await press("Promote: gesture 2.0.0");
		await row("2.0.0").getByText("Live, on trial").waitFor();
		expect(await comparison.count()).toBe(0);
	});

	it("are taken when they are dropped", async () => {
		const content = await makeFile({ version: "2.1.0", seed: 2 });
		const data = await page.evaluateHandle(`(() => {
			const transfer = new DataTransfer();
			transfer.items.add(new File([Uint8Array.of(${content})], "dropped.tflite"));
			return transfer;
		})()`);
		await page.locator(".drop").dispatchEvent("drop", { dataTransfer: data });
		await page.getByText(/^gesture 2\.1\.0 is stored/).waitFor();
	});

	it("show how far they are on the way, can be stopped, and go on", async () => {
		// What follows the model in its file is nobody's, and takes its time.
		const content = Buffer.concat([await makeFile({ version: "2.2.0", seed: 3 }), Buffer.alloc(30_000)]);
		const session = await page.context().newCDPSession(page);
		const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 5_000 };
		await session.send("Network.emulateNetworkConditions", slow);
		await choose("slow.tflite", content);
		const progress = page.getByRole("progressbar", { name: /^gesture 2\.2\.0, \d+ %$/ });
		const sent = async () => Number(await progress.getAttribute("value"));
		await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(0);
		expect(await sent()).toBeLessThan(content.length);
		await press("Stop");
		expect(await alert()).toMatch(/^slow\.tflite was not stored\s*the upload was stopped/i);
		await row("2.2.0")
			.getByText(/^Uploading, \d+ %$/)
			.waitFor();
		await session.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
		await choose("slow.tflite", content);
		await page.getByText(/^gesture 2\.2\.0 is stored/).waitFor();
	});

	it("are refused before they are sent when they are no models, whatever the file is called", async () => {
		await choose(`${markup}.tflite`, Buffer.from("not a model at all, whatever its name says"));
		expect(await alert()).toMatch(/^<img src=x onerror=alert\(1\)>\.tflite was not stored\s*it is no model file/i);
	});

	it.each<[string, keyof typeof changes, RegExp]>([
		["3.0.0", "unsupported", /Not supported: LSTM\./],
		["3.1.0", "large", /needs \d+ bytes of memory, \d+ are at hand\s*[\d,]+ bytes are missing\./],
		["3.2.0", "golden", /Golden vector 1 does not come out/i],
		["3.3.0", "interface", /Devices send .*INT16.*; it takes .*FP32/],
	])("%s, %s: what was wrong is said, with the figures, and the old one serves on", async (version, change, words) => {
		await choose("bad.tflite", await makeFile({ version, seed: 1, change: changes[change] }));
		await press(`Make live: gesture ${version}`);
		const text = await alert();
		expect(text).toMatch(words);
		expect(text).toContain(`gesture ${version} does not serve`);
		expect(text).toContain("Version 2.0.0 serves on.");
		await row("2.0.0").getByText("Live").waitFor();
	});

	it("are refused with a version below the newest, with advice", async () => {
		await choose("old.tflite", await makeFile({ version: "0.9.0", seed: 1 }));
		expect(await alert()).toMatch(/old\.tflite was not stored.*version 3\.3\.0 is newer.*Give it a version above/i);
	});

	it("are removed with a second press only", async () => {
		await press("Remove gesture 3.3.0");
		await press("Remove for good gesture 3.3.0");
		await row("3.3.0").waitFor({ state: "detached" });
		// What is asked about is forgotten when something else is done.
		await press("Remove gesture 3.2.0");
		await press("Remove gesture 3.1.0");
		await page.getByRole("button", { name: "Remove gesture 3.2.0" }).waitFor();
	});

	it("offer a token that may only look nothing to press", async () => {
		const { page: wall, context } = await openAs(browser, fleet, "infer");
		await wall.getByText("View only").waitFor();
		await wall.getByRole("link", { name: "Models" }).click();
		await wall.getByText("sign in with a token that may train").waitFor();
		await wall.getByRole("listitem").filter({ hasText: "2.0.0" }).getByText("Live").waitFor();
		expect(await wall.getByRole("button").allTextContents()).toEqual(["Sign out"]);
		expect(await wall.locator("input").count()).toBe(0);
		await context.close();
	});

	it("offer a token that may train all but what takes away, and tell it what only an administrator may load", async () => {
		const { page: desk, context } = await openAs(browser, fleet, "train");
		await desk.getByRole("link", { name: "Models" }).click();
		await desk.getByRole("button", { name: "Make live: gesture 2.1.0" }).waitFor();
		expect(await desk.getByRole("button", { name: /^(Remove|Unload)/ }).count()).toBe(0);
		await desk.getByRole("button", { name: "Make live: gesture 2.1.0" }).click();
		expect(await desk.getByRole("alert").textContent()).toMatch(/gesture 2\.1\.0 is not signed.*signed by a known/);
		await context.close();
	});

	it("are told to have failed when the gateway did not survive them, and the former one is back", async () => {
		await press("Go back to this: gesture 1.0.0");
		await row("1.0.0").getByText("Live", { exact: true }).waitFor();
		await press("Make live: gesture 2.0.0");
		await row("2.0.0").getByText("Live, on trial").waitFor();
		fleet.simulator.kill();
		await fleet.simulator.ended;
		await page.getByText("The gateway does not answer").waitFor();
		expect(await page.getByRole("button", { disabled: false }).allTextContents()).toEqual(["Sign out"]);
		fleet = await start();
		await row("2.0.0").getByText("Failed").waitFor();
		await row("2.0.0")
			.getByText("the gateway restarted before the version had passed its trial, or while it computed")
			.waitFor();
		await row("1.0.0").getByText("Live", { exact: true }).waitFor();
		await page.getByText("Model gesture 1.0.0").waitFor();
	});

	it("arrive although the gateway restarts meanwhile", async () => {
		const content = Buffer.concat([await makeFile({ version: "4.0.0", seed: 3 }), Buffer.alloc(20_000)]);
		const session = await page.context().newCDPSession(page);
		const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 5_000 };
		await session.send("Network.emulateNetworkConditions", slow);
		await choose("interrupted.tflite", content);
		const progress = page.getByRole("progressbar", { name: /^gesture 4\.0\.0, \d+ %$/ });
		const sent = async () => Number(await progress.getAttribute("value"));
		await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(0);
		fleet.simulator.kill();
		await fleet.simulator.ended;
		await session.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
		fleet = await start();
		await page.getByText(/^gesture 4\.0\.0 is stored/).waitFor();
	});

	it("of several names serve at once, and each device's card has the labels of its own", async () => {
		const card = (name: string) => page.locator(".card").filter({ has: page.getByRole("heading", { name }) });
		const shown = (name: string) => card(name).locator(".probabilities dt").allTextContents();
		await choose("strokes.tflite", await makeFile({ name: "strokes", version: "1.0.0", seed: 4, change: withLabels }));
		await page.getByText(/^strokes 1\.0\.0 is stored/).waitFor();
		await press("Make live: strokes 1.0.0");
		await page.getByText("Models gesture 1.0.0, strokes 1.0.0").waitFor();
		await page.getByRole("link", { name: "Devices" }).click();
		await fleet.simulator.add(fleet.wearable(wearable));
		await fleet.admit([other]);
		await card("Pen").getByText("strokes 1.0.0").waitFor();
		await card("Wrist").getByText("gesture 1.0.0").waitFor();
		expect(await shown("Pen")).toEqual(labels);
		expect(await shown("Wrist")).toEqual(["left", "right", "other"]);
		await page.getByRole("link", { name: "Models" }).click();
	});

	it("leave when they are unloaded, for every page that looks", async () => {
		const { page: wall, context } = await openAs(browser, fleet, "infer");
		await wall.getByText("Models gesture 1.0.0, strokes 1.0.0").waitFor();
		await press("Unload gesture 1.0.0");
		await press("Stop serving gesture 1.0.0");
		await wall.getByText("Model strokes 1.0.0").waitFor();
		await page.getByText("No version serves").waitFor();
		await context.close();
	});

	it("had no fault on the way", () => expect(faults).toEqual([]));
});
