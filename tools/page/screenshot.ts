/** `npm run screenshot`: the README's picture of the page, taken of a running gateway with three wearables. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { Broker } from "../cli/broker";
import { demonstration } from "../cli/demonstration";
import { Fleet } from "../simulator/fleet";
import { buildPage } from "./build";

const picture = fileURLToPath(new URL("../../docs/page.png", import.meta.url));

await buildPage();
await mkdir(fileURLToPath(new URL("../../docs/", import.meta.url)), { recursive: true });
const broker = await Broker.start([0]);
const fleet = await Fleet.start({
	build: "debug",
	speed: 4,
	seed: 7,
	port: 8080,
	broker: broker.address,
	wearables: demonstration(3),
});
await fleet.admit();
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
const page = await browser.newPage({
	viewport: { width: 1180, height: 662 },
	colorScheme: "light",
	reducedMotion: "reduce",
});
await page.goto(`${fleet.address}/#token=${fleet.token}`);
await page.locator(".card:nth-child(3) .history li:nth-child(9)").waitFor({ timeout: 60_000 });
await page.screenshot({ path: picture });
console.log(`docs/page.png written`);
await browser.close();
await fleet.close();
await broker.close();
