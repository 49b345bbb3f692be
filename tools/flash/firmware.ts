/** The firmware that `npm run build` made, as parts with their places in flash. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../simulator/paths";
import { readPartitionTable, slots } from "./partition-table";
import { type Chip, checkParts, type Part, PartsError } from "./parts";

export type App = "gateway" | "wearable";

export const chips: Readonly<Record<App, Chip>> = { gateway: "ESP32", wearable: "ESP8266" };

/** Where `npm run build` leaves each app's folder. */
export const builtFolders = join(root, "build/firmware");

export function builtFolder(app: App): string {
	return join(builtFolders, app);
}

/** Throws `PartsError`, also when it was not built yet. */
export async function readFirmware(app: App, folder: string): Promise<Part[]> {
	const read = (name: string) => readBuilt(app, folder, name);
	const parts = await (app === "gateway" ? gatewayParts(read) : wearableParts(read));
	checkParts(parts, chips[app]);
	return parts;
}

/** What the firmware says its version is. Throws `PartsError`. */
export async function readVersion(app: App, folder: string): Promise<string> {
	return Buffer.from(await readBuilt(app, folder, "version.txt"))
		.toString()
		.trim();
}

async function readBuilt(app: App, folder: string, name: string): Promise<Uint8Array> {
	try {
		return new Uint8Array(await readFile(join(folder, name)));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		throw new PartsError(`${join(folder, name)} is not there: \`npm run build -- ${app}\` makes it`);
	}
}

type Read = (name: string) => Promise<Uint8Array>;

async function gatewayParts(read: Read): Promise<Part[]> {
	const table = await read("partition-table.bin");
	const { app, otadata } = slots(readPartitionTable(table));
	const image = await read("xs_esp32.bin");
	if (image.length > app.size)
		throw new PartsError(`xs_esp32.bin has ${image.length} bytes; partition "${app.name}" has ${app.size}`);
	return [
		{ name: "bootloader.bin", offset: 0x1000, bytes: await read("bootloader.bin") },
		{ name: "partition-table.bin", offset: 0x8000, bytes: table },
		{ name: "ota_data_initial.bin", offset: otadata.offset, bytes: await read("ota_data_initial.bin") },
		{ name: "xs_esp32.bin", offset: app.offset, bytes: image },
	];
}

/** The places are the ESP8266 SDK's for 4 MB of flash. */
async function wearableParts(read: Read): Promise<Part[]> {
	return [
		{ name: "boot_v1.7.bin", offset: 0, bytes: forNodeMCU(await read("boot_v1.7.bin")) },
		{ name: "main.bin", offset: 0x1000, bytes: await read("main.bin") },
		{ name: "esp_init_data_default.bin", offset: 0x3fc000, bytes: await read("esp_init_data_default.bin") },
	];
}

/** The boot loader's header says how the flash is read: two data lines (DIO) at 40 MHz, 4 MB. */
function forNodeMCU(boot: Uint8Array): Uint8Array {
	const bytes = boot.slice();
	if (bytes.length > 3) bytes.set([0x02, 0x40], 2);
	return bytes;
}
