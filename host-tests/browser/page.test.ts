import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "../../tools/page/build";
import { Fleet, type WearableOptions } from "../../tools/simulator/fleet";
import { freePort } from "../simulator/ports";
import { hasChromium, launch, markup, openAs, watch } from "./chromium";

const wearable: WearableOptions = {
	id: "wearable-1",
	name: markup,
	motion: { source: "gestures", kinds: ["left"] },
};

describe.skipIf(!hasChromium)("the page in Chromium", () => {
	let fleet: Fleet;
	let browser: Browser;
	let page: Page;
	let faults: string[];

	beforeAll(async () => {
		const sizes = await buildPage();
		expect(sizes.reduce((sum, file) => sum + file.gzipped, 0)).toBeLessThanOrEqual(60 * 1024);
		fleet = await Fleet.start({ build: "debug", speed: 4, port: await freePort(), wearables: [wearable] });
		browser = await launch();
		page = await browser.newPage();
		faults = watch(page);
	});

	afterAll(async () => {
		await browser?.close();
		await fleet?.close();
	});

	it("refuses a wrong token and says so", async () => {
		await page.goto(fleet.address);
		await page.getByLabel("Token").fill("wrong");
		await page.getByRole("button", { name: "Sign in" }).click();
		await page.getByRole("alert").waitFor();
		expect(await page.getByRole("alert").textContent()).toMatch(/token/i);
		expect(await page.getByRole("button", { name: "Pair a device" }).count()).toBe(0);
	});

	it("signs in with the operator's token", async () => {
		await page.getByLabel("Token").fill(fleet.token);
		await page.getByRole("button", { name: "Sign in" }).click();
		await page.getByText("Live", { exact: true }).waitFor();
		await page.getByText("No device yet").waitFor();
	});

	it("pairs a device that asks to join", async () => {
		await page.getByRole("button", { name: "Pair a device" }).click();
		await page.getByText("Pairing is open").waitFor();
		await fleet.simulator.add(fleet.wearable(wearable));
		await page.getByRole("button", { name: "Accept" }).click({ timeout: 20_000 });
		await page.getByRole("heading", { name: wearable.name }).waitFor();
	});

	it("shows a result as it arrives, with its waveform", async () => {
		await page.locator(".label", { hasText: "left" }).waitFor({ timeout: 20_000 });
		const paths = page.locator(".waveform path");
		expect(await paths.count()).toBe(6);
		expect((await paths.first().getAttribute("d"))!.split("L").length).toBe(119);
	});

	it("shows names as text, never as markup", async () => {
		expect(await page.locator(".card img").count()).toBe(0);
		expect(await page.title()).toBe("TMLaaS gateway");
	});

	it("renames and removes a device", async () => {
		await page.getByRole("button", { name: /^Edit / }).click();
		await page.getByLabel("Name").fill("Renamed");
		await page.getByRole("button", { name: "Rename" }).click();
		await page.getByRole("heading", { name: "Renamed" }).waitFor();
		await page.getByRole("button", { name: /^Edit / }).click();
		await page.getByRole("button", { name: "Remove" }).click();
		await page.getByRole("button", { name: "Remove for good" }).click();
		await page.getByText("No device yet").waitFor();
	});

	it("offers a token that may only look nothing else", async () => {
		const { page: wall, context } = await openAs(browser, fleet, "infer");
		await wall.getByText("View only").waitFor();
		expect(await wall.getByRole("button").allTextContents()).toEqual(["Sign out"]);
		await context.close();
	});

	it("had no fault on the way", () => expect(faults).toEqual([]));

	it("says that the gateway is away, and offers nothing that needs it", async () => {
		await fleet.simulator.stop("gateway");
		await page.getByText("The gateway does not answer", { exact: false }).waitFor();
		expect(await page.getByRole("button").allTextContents()).toEqual(["Sign out"]);
	});
});
