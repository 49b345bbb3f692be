/** The page that flashes boards, in Chromium, with a simulated board for the serial port that a person would choose. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Improv } from "common/improv";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildFlashPage } from "../../tools/flash/page";
import { serveFolder } from "../../tools/flash/serve";
import { RomLoader, type RomLoaderOptions } from "../../tools/simulator/rom-loader/rom-loader";
import { hasChromium, launch, watch } from "./chromium";

let browser: Browser;
let folder: string;
let server: Server;
let address: string;

const gateway = [
	{ name: "bootloader.bin", offset: 0x1000, bytes: new Uint8Array(randomBytes(17_000)) },
	{ name: "xs_esp32.bin", offset: 0x10000, bytes: new Uint8Array(randomBytes(70_000)) },
];
const wearable = [{ name: "main.bin", offset: 0x1000, bytes: new Uint8Array(randomBytes(50_000)) }];

beforeAll(async () => {
	if (!hasChromium) return;
	browser = await launch();
	folder = await mkdtemp(join(tmpdir(), "flash-page-"));
	await buildFlashPage(join(folder, "page"), [
		{ app: "gateway", version: "1.2.3", parts: gateway },
		{ app: "wearable", version: "1.2.4", parts: wearable },
	]);
	server = await serveFolder(join(folder, "page"), 0);
	address = `http://localhost:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
	await browser?.close();
	server?.close();
	if (folder !== undefined) await rm(folder, { recursive: true });
});

/** The person chooses the port that this board hangs on. */
async function plugIn(page: Page, options: Partial<RomLoaderOptions>): Promise<RomLoader> {
	const queue: string[] = [];
	const loader = new RomLoader({
		chip: "ESP32",
		send: (bytes) => queue.push(Buffer.from(bytes).toString("base64")),
		...options,
	});
	await page.exposeFunction("boardWrite", (text: string) => loader.receive(Buffer.from(text, "base64")));
	await page.exposeFunction("boardSignals", (dtr: boolean, rts: boolean) => loader.setSignals({ dtr, rts }));
	await page.exposeFunction("boardRate", (baudRate: number) => loader.setBaudRate(baudRate));
	await page.exposeFunction("boardRead", () => queue.splice(0));
	await page.addInitScript(portOfBoard);
	return loader;
}

/** In the page: Web Serial as far as ESP Web Tools uses it, with the test's functions for the wire. */
function portOfBoard(): void {
	const board = globalThis as unknown as {
		boardWrite(text: string): Promise<void>;
		boardSignals(dtr: boolean, rts: boolean): Promise<void>;
		boardRate(baudRate: number): Promise<void>;
		boardRead(): Promise<string[]>;
		navigator: object;
	};
	const toText = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
	const toBytes = (text: string) => Uint8Array.from(atob(text), (digit) => digit.charCodeAt(0));
	const signals = { dataTerminalReady: false, requestToSend: false };
	/** A stream ends when its port is closed, and takes nothing from the next one's. */
	let opened = 0;
	const port = {
		readable: null as ReadableStream<Uint8Array> | null,
		writable: null as WritableStream<Uint8Array> | null,
		getInfo: () => ({ usbVendorId: 0x10c4, usbProductId: 0xea60 }),
		addEventListener() {},
		removeEventListener() {},
		async open({ baudRate }: { baudRate: number }) {
			await board.boardRate(baudRate);
			const own = ++opened;
			port.readable = new ReadableStream({
				async pull(controller) {
					while (own === opened) {
						const texts = await board.boardRead();
						for (const text of texts) controller.enqueue(toBytes(text));
						if (texts.length > 0) return;
						await new Promise((resolve) => setTimeout(resolve, 2));
					}
					controller.close();
				},
				cancel() {},
			});
			port.writable = new WritableStream({ write: (bytes) => board.boardWrite(toText(bytes)) });
		},
		async close() {
			opened++;
			port.readable = null;
			port.writable = null;
		},
		async setSignals(changed: Partial<typeof signals>) {
			Object.assign(signals, changed);
			await board.boardSignals(signals.dataTerminalReady, signals.requestToSend);
		},
	};
	Object.defineProperty(board.navigator, "serial", {
		value: { requestPort: async () => port, addEventListener() {}, removeEventListener() {} },
	});
}

/** Its text stands in no element of its own. */
function message(page: Page, label: string): Locator {
	return page.locator(`ewt-page-message[label="${label}"]`);
}

describe.skipIf(!hasChromium)("the page", () => {
	test("shows the boards that there is firmware for, and fetches nothing from elsewhere", async () => {
		const page = await browser.newPage();
		const faults = watch(page);
		const others: string[] = [];
		page.on("request", (request) => {
			if (!request.url().startsWith(address) && !request.url().startsWith("data:")) others.push(request.url());
		});
		await page.goto(address);
		await page.waitForSelector("body[data-ready]");
		expect(await page.locator("#gateway h2").textContent()).toBe("Gateway 1.2.3");
		expect(await page.locator("#wearable h2").textContent()).toBe("Wearable 1.2.4");
		expect(await page.getByRole("button", { name: "Connect the gateway" }).isVisible()).toBe(true);
		for (const notice of ["#unsupported", "#insecure", "#empty"])
			expect(await page.locator(notice).isVisible()).toBe(false);
		expect(faults).toEqual([]);
		expect(others).toEqual([]);
		await page.close();
	});

	test("says that this browser has no Web Serial", async () => {
		const page = await browser.newPage();
		await page.addInitScript(() => {
			const { navigator } = globalThis as unknown as { navigator: object };
			Reflect.deleteProperty(Object.getPrototypeOf(navigator), "serial");
		});
		await page.goto(address);
		await page.waitForSelector("body[data-ready]");
		expect(await page.locator("#unsupported").isVisible()).toBe(true);
		expect(await page.getByRole("button", { name: "Connect the gateway" }).isVisible()).toBe(false);
		await page.close();
	});

	test("says that it came over an insecure connection", async () => {
		const page = await browser.newPage();
		await page.addInitScript(() => {
			Object.defineProperty(globalThis, "isSecureContext", { value: false });
		});
		await page.goto(address);
		await page.waitForSelector("body[data-ready]");
		expect(await page.locator("#insecure").isVisible()).toBe(true);
		await page.close();
	});

	test.each([
		["gateway", "ESP32", gateway],
		["wearable", "ESP8266", wearable],
	] as const)("flashes a %s and gives it a network", async (app, chip, parts) => {
		const page = await browser.newPage();
		const joined: string[][] = [];
		const version = app === "gateway" ? "1.2.3" : "1.2.4";
		let improv: Improv | undefined;
		const firmware = {
			start() {
				improv = new Improv(
					{
						information: { firmware: `TMLaaS ${app}`, version, chip, name: "tmlaas-aabbcc" },
						connected: false,
						url: () => "http://192.0.2.7/",
						join(ssid, password) {
							joined.push([ssid, password]);
							if (password.length > 8) improv!.connected();
							else improv!.failed();
						},
						look(found, done) {
							found('Anna\'s "Café" 📶', -61, true);
							done();
							return true;
						},
					},
					{ room: Number.POSITIVE_INFINITY, write: (bytes) => loader.say(bytes) },
				);
			},
			receive: (bytes: Uint8Array) => improv?.receive(bytes),
		};
		const loader = await plugIn(page, { chip, firmware });
		await page.goto(address);
		await page.getByRole("button", { name: `Connect the ${app}` }).click();
		await page.getByText(/^Install TMLaaS/).click({ timeout: 30_000 });
		// Whether to erase is asked; what is there stays.
		await page.getByRole("button", { name: "Next" }).click();
		await page.getByRole("button", { name: "Install" }).click();
		await message(page, "Installation complete!").waitFor({ timeout: 30_000 });
		const flash = Buffer.alloc(4 << 20, 0x5a);
		for (const { offset, bytes } of parts) {
			flash.fill(0xff, offset, Math.ceil((offset + bytes.length) / 4096) * 4096);
			flash.set(bytes, offset);
		}
		expect(Buffer.from(loader.flash.bytes).equals(flash)).toBe(true);
		expect(loader.state).toBe("firmware");

		await page.getByRole("button", { name: "Next" }).click();
		await page.getByText("Connect to Wi-Fi").click();
		const password = page.locator("ew-filled-text-field[name=password] input");
		await password.fill("wrong123");
		await page.getByRole("button", { name: "Connect", exact: true }).click();
		await page.getByText("Unable to connect").waitFor();
		await password.fill('pass;w"rd\\ ✓');
		await page.getByRole("button", { name: "Connect", exact: true }).click();
		await message(page, "Device connected to the network!").waitFor();
		expect(await page.getByText("Visit Device").count()).toBe(1);
		expect(joined).toEqual([
			['Anna\'s "Café" 📶', "wrong123"],
			['Anna\'s "Café" 📶', 'pass;w"rd\\ ✓'],
		]);
		await page.close();
	});
});
