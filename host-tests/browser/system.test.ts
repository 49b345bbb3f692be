/** The gateway itself on the page: its firmware, its networks, and safe mode. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicDigits } from "../../tools/firmware-image/publisher-key";
import { signFirmware } from "../../tools/firmware-image/signed-firmware";
import { buildPage } from "../../tools/page/build";
import { panel } from "../../tools/simulator/fleet";
import { GatewayClient } from "../../tools/simulator/gateway-client";
import { buildImage } from "../../tools/simulator/image";
import { root } from "../../tools/simulator/paths";
import { Simulator } from "../../tools/simulator/simulator";
import { freePort } from "../simulator/ports";
import { publisher } from "../unit/gateway/update/images";
import { hasChromium, launch, markup, watch } from "./chromium";

const token = "operator";
const networks = [
	{ ssid: "Home", password: "correct horse", strength: -48 },
	{ ssid: markup, strength: -70 },
];

describe.skipIf(!hasChromium)("the gateway itself on the page", () => {
	let folder: string;
	let app: string;
	let simulator: Simulator;
	let client: GatewayClient;
	let browser: Browser;
	let page: Page;
	let faults: string[];

	beforeAll(async () => {
		await buildPage();
		folder = mkdtempSync(join(tmpdir(), "system-page-"));
		app = join(folder, "manifest.json");
		const manifest = {
			build: { NAME: "gateway" },
			include: [join(root, "manifest.json")],
			config: { gateway: { firmwareKey: publicDigits(publisher) } },
		};
		writeFileSync(app, JSON.stringify(manifest));
		const directory = join(folder, "board");
		mkdirSync(directory);
		const port = await freePort();
		// A minute takes two seconds.
		simulator = await Simulator.start({ build: "release", speed: 30 });
		await simulator.add({
			name: "gateway",
			app,
			directory,
			restarts: true,
			air: { networks },
			storage: {
				operator: { token },
				gateway: { port, name: "gateway" },
				wifi: { s0: Buffer.from("Home"), p0: Buffer.from("correct horse"), last: Uint8Array.of(0) },
			},
			chips: [panel],
		});
		client = new GatewayClient({ address: `http://127.0.0.1:${port}`, token });
		await client.ready();
		browser = await launch();
		page = await browser.newPage();
		faults = watch(page);
		await page.goto(`http://127.0.0.1:${port}/#token=${token}`);
		await page.getByRole("link", { name: "System" }).click();
	});

	afterAll(async () => {
		await browser?.close();
		await simulator?.close();
		rmSync(folder, { recursive: true });
	});

	const build = async (version: string, change: { chip?: number } = {}) => {
		const image = await buildImage(app, { config: { gateway: { version } }, version, chip: change.chip });
		return signFirmware(image, { product: "gateway", version, key: publisher });
	};
	const choose = (name: string, content: Uint8Array) =>
		page
			.getByLabel("Update the firmware")
			.setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
	const refusal = async () => {
		const text = (await page.getByRole("alert").filter({ hasText: "was not installed" }).textContent())!;
		await page.getByRole("button", { name: "Dismiss" }).click();
		return text;
	};
	const failedBoots = () =>
		client.request("GET", "/api/v1/system").then(
			(system) => (system as { failedBoots: number }).failedBoots,
			// It is starting.
			() => undefined,
		);
	const sees = (text: string | RegExp) => page.getByText(text).waitFor({ timeout: 30_000 });

	it("says what runs, where from, and in which network", async () => {
		await sees("Version 0.1.0 runs from ota_0.");
		await sees("Connected to Home as 127.0.0.1, -48 dBm.");
		await sees(/^It has run for .*, since power was switched on\./);
	});

	it("says why firmware is refused", async () => {
		await choose("notes.bin", Buffer.from("What is no firmware at all, and says so in its first byte."));
		expect(await refusal()).toMatch(/notes\.bin was not installed.*no firmware/);
		await choose("other.bin", await build("0.2.0", { chip: 9 }));
		expect(await refusal()).toMatch(/other\.bin was not installed.*chip/);
		const damaged = await build("0.2.0");
		damaged[damaged.length >> 1]! ^= 1;
		await choose("damaged.bin", damaged);
		expect(await refusal()).toMatch(/damaged\.bin was not installed/);
		await choose("old.bin", await build("0.1.0"));
		expect(await refusal()).toMatch(/old\.bin was not installed.*newer/);
		await sees("Version 0.1.0 runs from ota_0.");
	});

	it("installs firmware, comes back with it, and sees it confirmed", async () => {
		await choose("gateway.bin", await build("0.2.0"));
		await sees(/^0\.2\.0 is installed\. The gateway restarts into it/);
		await sees(/^Version 0\.2\.0 runs from ota_1 on trial, and is confirmed in/);
		await sees("Version 0.2.0 runs from ota_1.");
		await page.getByText("Confirmed", { exact: true }).waitFor();
	});

	it("tells that firmware was taken back, and why", async () => {
		await choose("gateway.bin", await build("0.3.0"));
		await sees(/^Version 0\.3\.0 runs from ota_0 on trial/);
		await simulator.reset("gateway", "brownout");
		await sees(/^Version 0\.3\.0 was taken back: ./);
		await sees("Version 0.2.0 runs from ota_1.");
	});

	it("finds networks, whose names are text and no markup", async () => {
		await page.getByRole("button", { name: "Look for networks" }).click();
		await page.getByRole("button", { name: "2 found" }).waitFor({ timeout: 20_000 });
		const names = await page
			.locator("datalist option")
			.evaluateAll((all) => all.map((one) => one.getAttribute("value")));
		expect(names).toEqual(["Home", markup]);
		expect(await page.locator("main img").count()).toBe(0);
	});

	it("tries another network, and says why it is back in the one before", async () => {
		await page.getByLabel("Network", { exact: true }).fill("Home");
		await page.getByLabel("Password").fill("wrong horse");
		await page.getByRole("button", { name: "Join" }).click();
		await sees(/^The gateway tries Home\./);
		await sees("Home was tried: the password is wrong.");
		await sees("Connected to Home as 127.0.0.1, -48 dBm.");
	});

	it("had no fault on the way", () => expect(faults).toEqual([]));

	it("offers a gateway in safe mode updates and a restart, and says why", async () => {
		// The first ends a start that has lasted, which is no failure.
		for (let failures = 0; failures <= 10; failures++) {
			await simulator.reset("gateway", "brownout");
			await expect.poll(failedBoots, { timeout: 30_000 }).toBe(failures);
		}
		await sees("The gateway has failed to start 10 times in a row and serves nothing now.");
		expect(await page.getByRole("navigation").getByRole("link").allTextContents()).toEqual(["System"]);
		await page.getByRole("button", { name: "Restart", exact: true }).click();
		await page.getByRole("button", { name: "Restart now" }).click();
		await page.getByRole("link", { name: "Devices" }).waitFor({ timeout: 30_000 });
	});

	it("says where the gateway goes when its last network is forgotten", async () => {
		await page.getByRole("link", { name: "System" }).click();
		await page.getByRole("button", { name: "Forget Home" }).click({ timeout: 30_000 });
		await page.getByRole("button", { name: "Forget and leave the network Home" }).click();
		await sees(/^Home is forgotten\. The gateway restarts with an access point of its own/);
		// The portal stands where the page was.
		await expect
			.poll(() => fetch(new URL(page.url()).origin).then((answer) => answer.text(), String), { timeout: 30_000 })
			.toContain("Which WiFi network shall the gateway use?");
	});
});
