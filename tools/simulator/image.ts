/** Makes the firmware image of a simulated board from an app's manifest: what an update brings to its other slot. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Application, buildApplication } from "./application";
import { writeFirmware } from "./bootloader/firmware";
import type { JSONObject } from "./manifest";

export interface ImageOptions {
	/** Put over the manifest's `config`, section by section: another version, another key. */
	readonly config?: Readonly<Record<string, JSONObject>>;
	/** What the image says that it is; the `version` of the config's section of the app's name by default. */
	readonly version?: string;
	/** `esp_chip_id_t`; the ESP32 by default, which a simulated board is. */
	readonly chip?: number;
}

const contentsOf = (files: Readonly<Record<string, string>>) =>
	Object.fromEntries(Object.entries(files).map(([name, path]) => [name, new Uint8Array(readFileSync(path))]));

/**
 * The image, with the SHA-256 at its end and without the trailer that signs it. Throws what `buildApplication` throws,
 * or a RangeError for a version of more than 31 characters.
 */
export async function buildImage(manifest: string, options: ImageOptions = {}): Promise<Uint8Array> {
	const app = JSON.parse(readFileSync(await buildApplication(manifest), "utf8")) as Application;
	const config: JSONObject = { ...app.config };
	for (const [section, values] of Object.entries(options.config ?? {}))
		config[section] = { ...(config[section] as JSONObject | undefined), ...values };
	const own = config[app.name] as JSONObject | undefined;
	return writeFirmware({
		name: app.name,
		main: app.main,
		preload: app.preload,
		creation: app.creation,
		config,
		version: options.version ?? (typeof own?.version === "string" ? own.version : ""),
		modules: contentsOf(app.modules),
		resources: contentsOf(app.resources),
		encode: (text) => new TextEncoder().encode(text),
		hash: (bytes) => createHash("sha256").update(bytes).digest(),
		chip: options.chip,
	});
}
