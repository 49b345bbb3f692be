/**
 * The firmware of a simulated board: an app image of the ESP32 whose segments hold the app as the simulator's host loads
 * it. The first segment (data) has ESP-IDF's description, then the length of a text of JSON, the text, and the resources;
 * the second (code) the modules' JavaScript. The JSON is app.json with places in the segments instead of paths.
 */
import {
	Chip,
	codeAddress,
	dataAddress,
	descriptionLength,
	type Image,
	type ImageSource,
	readDescription,
	writeDescription,
	writeImage,
} from "./image";

/** Offset in its segment, after the JSON for the first, and length. */
type Place = readonly [number, number];

interface Contents {
	readonly name: string;
	readonly main: string;
	readonly preload: readonly string[];
	readonly creation: unknown;
	readonly config: unknown;
	readonly modules: Readonly<Record<string, Place>>;
	readonly resources: Readonly<Record<string, Place>>;
}

/** An app as the host takes it: with places in the image instead of paths. */
export interface Firmware extends Contents {
	readonly version: string;
}

/** The image is no firmware of a simulated board, though it may be one of a real one. */
export class FirmwareError extends Error {}

export interface FirmwareParts extends Omit<Contents, "modules" | "resources"> {
	readonly version: string;
	readonly modules: Readonly<Record<string, Uint8Array>>;
	readonly resources: Readonly<Record<string, Uint8Array>>;
	/** Text as UTF-8. */
	readonly encode: (text: string) => Uint8Array;
	readonly hash: (bytes: Uint8Array) => Uint8Array;
	readonly chip?: number;
}

/** Resources are read in place. */
const alignment = 16;

function align(offset: number): number {
	return (offset + alignment - 1) & ~(alignment - 1);
}

/** One after the other, each at a multiple of 16. */
function place(contents: Readonly<Record<string, Uint8Array>>): { places: Record<string, Place>; bytes: Uint8Array } {
	const places: Record<string, Place> = {};
	let length = 0;
	for (const [name, bytes] of Object.entries(contents)) {
		places[name] = [length, bytes.length];
		length = align(length + bytes.length);
	}
	const all = new Uint8Array(length);
	for (const [name, bytes] of Object.entries(contents)) all.set(bytes, places[name]![0]);
	return { places, bytes: all };
}

export function writeFirmware(parts: FirmwareParts): Uint8Array {
	const { name, main, preload, creation, config, version, encode, hash, chip = Chip.esp32 } = parts;
	const code = place(parts.modules);
	const data = place(parts.resources);
	const contents: Contents = { name, main, preload, creation, config, modules: code.places, resources: data.places };
	const text = encode(JSON.stringify(contents));
	const first = new Uint8Array(align(descriptionLength + 4 + text.length) + data.bytes.length);
	first.set(writeDescription({ version, project: name }));
	new DataView(first.buffer).setUint32(descriptionLength, text.length, true);
	first.set(text, descriptionLength + 4);
	first.set(data.bytes, align(descriptionLength + 4 + text.length));
	return writeImage({
		chip,
		segments: [
			{ base: dataAddress, bytes: first },
			{ base: codeAddress, bytes: code.bytes },
		],
		hash,
	});
}

/** The app in an image that was verified; places are offsets in the image. Throws `FirmwareError` or `ImageError`. */
export function readFirmware(source: ImageSource, image: Image, decode: (bytes: Uint8Array) => string): Firmware {
	const [first, second] = image.segments;
	if (image.segments.length !== 2 || !first || !second) throw new FirmwareError("not two segments");
	if (first.length < descriptionLength + 4) throw new FirmwareError("nothing after the description");
	const head = source.read(first.offset, descriptionLength + 4);
	const { version } = readDescription(head);
	const length = new DataView(head.buffer, head.byteOffset + descriptionLength).getUint32(0, true);
	const start = align(descriptionLength + 4 + length);
	if (start > first.length) throw new FirmwareError("the text does not fit its segment");
	let contents: unknown;
	try {
		contents = JSON.parse(decode(source.read(first.offset + descriptionLength + 4, length)));
	} catch {
		throw new FirmwareError("the text is no JSON");
	}
	if (!isContents(contents)) throw new FirmwareError("the text describes no app");
	const { name, main, preload, creation, config } = contents;
	return {
		name,
		main,
		preload,
		creation,
		config,
		version,
		modules: within(contents.modules, second.offset, second.length),
		resources: within(contents.resources, first.offset + start, first.length - start),
	};
}

function within(places: Readonly<Record<string, Place>>, start: number, length: number): Record<string, Place> {
	const result: Record<string, Place> = {};
	for (const [name, [offset, size]] of Object.entries(places)) {
		if (offset > length || size > length - offset) throw new FirmwareError(`"${name}" is not in its segment`);
		result[name] = [start + offset, size];
	}
	return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlace(value: unknown): value is Place {
	return (
		Array.isArray(value) && value.length === 2 && value.every((it) => Number.isInteger(it) && it >= 0 && it < 0x1000000)
	);
}

function isContents(value: unknown): value is Contents {
	if (!isObject(value)) return false;
	const { name, main, preload, creation, config, modules, resources } = value;
	return (
		typeof name === "string" &&
		typeof main === "string" &&
		Array.isArray(preload) &&
		preload.every((it) => typeof it === "string") &&
		isObject(creation) &&
		isObject(config) &&
		[modules, resources].every((places) => isObject(places) && Object.values(places).every(isPlace))
	);
}
