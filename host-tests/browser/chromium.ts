/** Chromium without a screen, for tests of the page. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Fleet } from "../../tools/simulator/fleet";
import { hasProgram } from "../optional";

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const hasChromium = hasProgram(
	existsSync(executable),
	"the page in Chromium",
	"`apt-get install chromium` brings it, or set CHROMIUM to its path",
);

export function launch(): Promise<Browser> {
	return chromium.launch({
		executablePath: executable,
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
}

/** Collects what must never happen: exceptions, dialogs, and errors on the console but those of requests. */
export function watch(page: Page): string[] {
	const faults: string[] = [];
	page.on("pageerror", (error) => faults.push(error.message));
	page.on("console", (message) => {
		const text = message.text();
		if ("error" === message.type() && !text.startsWith("Failed to load resource:")) faults.push(text);
	});
	page.on("dialog", (dialog) => {
		faults.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	return faults;
}

let tokens = 0;

/** Opens the page with a new token of this scope, in a context of its own. */
export async function openAs(
	browser: Browser,
	fleet: Fleet,
	scope: "infer" | "train",
): Promise<{ page: Page; context: BrowserContext }> {
	const name = `page-${++tokens}`;
	const { token } = (await fleet.client.request("POST", "/api/v1/tokens", { name, scope })) as { token: string };
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(`${fleet.address}/#token=${token}`);
	return { page, context };
}

/** Markup that would run if it were ever taken for markup; as long as a label may be. */
export const markup = "<img src=x onerror=alert(1)>";
