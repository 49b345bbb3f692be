/**
 * The page that flashes boards from a browser, as a folder of files for any web server. It is ESP Web Tools (the package
 * `esp-web-tools`: kept up by the makers of ESPHome, Apache-2.0, 0.5 MB as it comes bundled, and speaks Improv), with
 * nothing fetched from elsewhere.
 */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../simulator/paths";
import type { App } from "./firmware";
import { createManifest } from "./manifest";
import type { Part } from "./parts";

const source = fileURLToPath(new URL("page/", import.meta.url));
const files = ["index.html", "page.css", "page.js"];
const webTools = join(root, "node_modules/esp-web-tools");

export interface Firmware {
	readonly app: App;
	readonly version: string;
	readonly parts: readonly Part[];
}

/** @param folder is made; nothing may be in it yet. */
export async function buildFlashPage(folder: string, firmwares: readonly Firmware[]): Promise<void> {
	await mkdir(folder, { recursive: true });
	for (const file of files) await cp(join(source, file), join(folder, file));
	await cp(join(webTools, "dist/web"), join(folder, "esp-web-tools"), { recursive: true });
	await writeFile(join(folder, "esp-web-tools/LICENSE"), await readFile(join(webTools, "LICENSE")));
	for (const { app, version, parts } of firmwares) {
		await mkdir(join(folder, app));
		for (const { name, bytes } of parts) await writeFile(join(folder, app, name), bytes);
		await writeFile(
			join(folder, `${app}.json`),
			`${JSON.stringify(createManifest(app, version, parts), null, "\t")}\n`,
		);
	}
}
