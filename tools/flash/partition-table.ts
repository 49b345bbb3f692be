/** ESP-IDF's binary partition table ("Partition Tables" in the ESP-IDF Programming Guide). */
import { createHash } from "node:crypto";
import { PartsError } from "./parts";

export interface Entry {
	readonly name: string;
	readonly type: number;
	readonly subtype: number;
	readonly offset: number;
	/** Bytes. */
	readonly size: number;
}

const ENTRY = 32;
/** As many as one sector less its last entries holds. */
const MOST = 95;
const APP = 0;
const DATA = 1;
const FIRST_OTA = 0x10;
const LAST_OTA = 0x1f;
const OTA_DATA = 0;

/** Throws `PartsError` for a damaged one. */
export function readPartitionTable(bytes: Uint8Array): Entry[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const entries: Entry[] = [];
	for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
		const magic = view.getUint16(at);
		if (magic === 0xffff) return entries;
		if (magic === 0xebeb) {
			const md5 = createHash("md5").update(bytes.subarray(0, at)).digest();
			if (!md5.equals(bytes.subarray(at + 16, at + 32)))
				throw new PartsError("the partition table is damaged: its checksum is wrong; build it again");
			return entries;
		}
		if (magic !== 0xaa50 || entries.length === MOST)
			throw new PartsError(`this is no partition table: entry ${entries.length} does not begin as one; build it again`);
		const label = bytes.subarray(at + 12, at + 28);
		const end = label.indexOf(0);
		entries.push({
			name: Buffer.from(end < 0 ? label : label.subarray(0, end)).toString("latin1"),
			type: bytes[at + 2]!,
			subtype: bytes[at + 3]!,
			offset: view.getUint32(at + 4, true),
			size: view.getUint32(at + 8, true),
		});
	}
	return entries;
}

/**
 * Where the app goes, and where what says which app starts. Throws `PartsError` when there is no room for two apps: then
 * it is not this firmware's table.
 */
export function slots(entries: readonly Entry[]): { app: Entry; otadata: Entry } {
	const apps = entries.filter(({ type, subtype }) => type === APP && subtype >= FIRST_OTA && subtype <= LAST_OTA);
	const [app] = apps.sort((a, b) => a.subtype - b.subtype);
	const otadata = entries.find(({ type, subtype }) => type === DATA && subtype === OTA_DATA);
	if (app === undefined || apps.length < 2 || otadata === undefined)
		throw new PartsError("the partition table has no two slots for updates; build the firmware again");
	return { app, otadata };
}
