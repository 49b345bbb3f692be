/** The files that make up a board's firmware, and the checks that they can before anything is written. */

export type Chip = "ESP32" | "ESP8266";

export interface Part {
	readonly name: string;
	/** Where in flash. */
	readonly offset: number;
	readonly bytes: Uint8Array;
}

/** The files do not belong on this board; the message says why. */
export class PartsError extends Error {
	override name = "PartsError";
}

/** Bytes that flash is erased by. */
const SECTOR = 4096;
/** How an image begins; the second is the ESP8266's own kind. */
const IMAGE = 0xe9;
const IMAGE_8266 = 0xea;
/** Of an ESP32's image: the length of its header, where its chip's number is (0 is the ESP32's). */
const HEADER = 24;
const CHIP = 12;
/** What lies here is started: by the ROM, then by what that started. */
const starts: Readonly<Record<Chip, readonly number[]>> = { ESP32: [0x1000, 0x10000], ESP8266: [0, 0x1000] };
const PARTITIONS = 0x8000;

/**
 * Throws `PartsError` for what the chip could not start from. ESP-IDF Programming Guide, "App Image Format" and
 * "Partition Tables"; for the ESP8266, esptool's documentation, "Firmware Image Format".
 */
export function checkParts(parts: readonly Part[], chip: Chip): void {
	const sorted = [...parts].sort((a, b) => a.offset - b.offset);
	for (const [index, part] of sorted.entries()) {
		const { name, offset, bytes } = part;
		const at = `0x${offset.toString(16)}`;
		if (bytes.length === 0) throw new PartsError(`${name} is empty`);
		if (offset % SECTOR !== 0)
			throw new PartsError(
				`${name} cannot be put at ${at}: flash is erased by ${SECTOR} bytes, and ${at} is within one`,
			);
		const next = sorted[index + 1];
		if (next !== undefined && offset + bytes.length > next.offset)
			throw new PartsError(
				`${name} at ${at} is ${bytes.length} bytes long and reaches into ${next.name} at 0x${next.offset.toString(16)}`,
			);
		checkImage(part, chip);
	}
}

function checkImage({ name, offset, bytes }: Part, chip: Chip): void {
	const at = `0x${offset.toString(16)}`;
	const isStarted = starts[chip].includes(offset);
	if (isStarted && bytes[0] !== IMAGE && !(chip === "ESP8266" && bytes[0] === IMAGE_8266))
		throw new PartsError(`${name} is no firmware image for an ${chip}, but ${at} holds one`);
	if (isStarted && chip === "ESP32") {
		if (bytes.length < HEADER) throw new PartsError(`${name} ends within its header`);
		const number = bytes[CHIP]! | (bytes[CHIP + 1]! << 8);
		if (number !== 0)
			throw new PartsError(`${name} is for another chip than the ESP32 (its header says number ${number})`);
	}
	if (chip === "ESP32" && offset === PARTITIONS && (bytes[0] !== 0xaa || bytes[1] !== 0x50))
		throw new PartsError(`${name} is no partition table (it does not begin with AA 50), but ${at} holds it`);
}
