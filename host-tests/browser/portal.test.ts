/** The portal of a gateway that waits for its network, in a browser that runs no scripts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Simulator } from "../../tools/simulator/simulator";
import { freePort } from "../simulator/ports";
import { hasChromium, launch, watch } from "./chromium";

const app = fileURLToPath(new URL("../../manifest.json", import.meta.url));
const hostile = `"quo'te" <img onerror> é😀`;
const password = `p"a's<s>&w;\\ör`;

describe.skipIf(!hasChromium)("the portal in a browser without scripts", () => {
	const temporary = mkdtempSync(join(tmpdir(), "portal-test-"));
	let simulator: Simulator;
	let browser: Browser;
	let page: Page;
	let port: number;
	let faults: string[];

	beforeAll(async () => {
		port = await freePort();
		simulator = await Simulator.start({ speed: 10, progress: () => {} });
		await simulator.add({
			name: "gateway",
			app,
			directory: temporary,
			storage: { gateway: { name: "kitchen", port } },
			chips: [{ chip: "ssd1306", bus: "i2c", address: 0x3c }],
			restarts: true,
			air: {
				networks: [
					{ ssid: hostile, password, strength: -40 },
					{ ssid: "Hinterhof", password: "12345678", strength: -85 },
					{ ssid: "Café offen", strength: -65 },
				],
			},
		});
		browser = await launch();
		const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
		page = await context.newPage();
		faults = watch(page);
	});
	afterAll(async () => {
		await browser?.close();
		await simulator?.close();
		rmSync(temporary, { recursive: true });
	});

	/** Screenshots for who wants to look, in the directory that the environment names. */
	const look = async (name: string) => {
		const directory = process.env.SCREENSHOTS;
		if (directory) await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
	};

	test("a network with any name and password, from a wrong one to the token", async () => {
		const visit = () =>
			page.goto(`http://127.0.0.1:${port}/generate_204`).then(
				(response) => response?.status(),
				() => 0,
			);
		await expect.poll(visit, { timeout: 20_000 }).toBe(200);
		const network = page.getByRole("radio", { name: hostile });
		await network.waitFor();
		await look("portal-list");
		await network.check();
		await page.getByLabel("Password").fill("not the password");
		await page.getByLabel("Name of the gateway").fill("hall");
		await page.getByRole("button", { name: "Connect" }).click();
		await page.getByText("Trying").waitFor();
		await look("portal-trying");
		await page.getByText("The password is not that of the network").waitFor();
		await look("portal-wrong");
		expect(await network.isChecked()).toBe(true);
		await page.getByLabel("Password").fill(password);
		await page.getByRole("button", { name: "Connect" }).click();
		await page.getByText(`The gateway is in ${hostile}`).waitFor();
		await look("portal-done");
		expect(await page.locator("code").allTextContents()).toEqual([
			`http://127.0.0.1:${port}/`,
			`http://hall.local:${port}/`,
			expect.stringMatching(/^[0-9a-f]{32}$/),
		]);
		expect(await page.locator("img").count()).toBe(0);
		await page.getByRole("button", { name: "Finish" }).click();
		await page.getByText("The gateway restarts into its new network").waitFor();
		expect(faults).toEqual([]);
	});
});
