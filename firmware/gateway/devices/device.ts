import { keyLength, Limits } from "common/protocol";
import { decodeText, encodeText, TextError } from "common/text";
import { firmwareLength } from "gateway/devices/names";
import type { Result } from "gateway/result";

/** Bytes of UTF-8 in each text of a record, and classes of its result. */
const TextLimits = Object.freeze({
	name: 4 * Limits.deviceName,
	firmware: firmwareLength,
	model: 32,
	version: 32,
	label: 64,
} as const);
const maximumClasses = 16;

const format = 1;
const fixedLength = 69;
/** Bytes of a record at most: its fixed part, five texts with their lengths, and a result of 16 classes. */
export const recordLength = 512;
/** What stands for a measure that the device does not tell. */
const untold = 0x7fff;

/** A key by words, as it is worked on. */
const keyWords = keyLength / 4;
/** The SHA-256 block: what HMAC pads a key to. */
const blockWords = 16;
/** A row of scores: the confidence, and the probability of each class. */
const scores = 1 + maximumClasses;

/** Keys and scores of all devices, a row for each: on XS a view of its own would take each more than 100 bytes. */
export class DeviceTable {
	readonly keys: Int32Array;
	readonly scores: Float32Array;

	/** `rows`: devices at most. */
	constructor(rows: number) {
		this.keys = new Int32Array(rows * keyWords);
		this.scores = new Float32Array(rows * scores);
	}
}

/** A device that the gateway knows: who it is, what it may send next, and its twin. */
export class Device {
	readonly id: string;
	name: string;
	firmware: string;
	/** The greatest counter of a request that was accepted, or that may have been before a restart. */
	counter = 0;
	/** No counter beyond this one is accepted before the record says so. */
	ceiling = 0;
	/** Windows that were classified. */
	windows = 0;
	/** Requests in this device's name that were refused: altered, forged or replayed. */
	rejected = 0;
	/** Milliseconds since 1970. */
	lastSeen: number | undefined;
	/** Percent. */
	battery: number | undefined;
	/** dBm. */
	signal: number | undefined;
	/** Samples a second; told with each window, and not stored. */
	rate: number | undefined;
	/** The number of the window in the request that is being answered. */
	window = 0;
	/** The number of the window that has the newest result. */
	answered: number | undefined;
	/** Whether a request of its own was accepted since it was admitted, or since the start. */
	heard = false;
	/** Whether the record in storage is older than this. */
	changed = false;
	/** Its row of the table. */
	readonly row: number;
	private readonly table: DeviceTable;
	/** Of the newest result; the texts are the model's own, which all its devices share. */
	private model = "";
	private version = "";
	private label = "";
	private time = 0;
	private classes = 0;

	/** `key`: 32 bytes. What the row held before is gone. */
	constructor(table: DeviceTable, row: number, id: string, name: string, firmware: string, key: Uint8Array) {
		this.id = id;
		this.name = name;
		this.firmware = firmware;
		this.row = row;
		this.table = table;
		table.keys.fill(0, row * keyWords, (row + 1) * keyWords);
		this.key.set(key);
	}

	/** 32 bytes, a view. */
	get key(): Uint8Array {
		return new Uint8Array(this.table.keys.buffer, this.row * keyLength, keyLength);
	}

	/** Puts the key under HMAC's inner and outer pad, one after the other (RFC 2104): two blocks of 64 bytes. */
	pad(pads: Int32Array): void {
		const { keys } = this.table;
		const start = this.row * keyWords;
		pads.fill(0x36363636, keyWords, blockWords);
		pads.fill(0x5c5c5c5c, blockWords + keyWords);
		for (let i = 0; i < keyWords; i++) {
			const word = keys[start + i]!;
			pads[i] = word ^ 0x36363636;
			pads[blockWords + i] = word ^ 0x5c5c5c5c;
		}
	}

	/** What the newest window was answered, made anew with each call. */
	get result(): Result | undefined {
		const { answered, id, model, version, label, time, classes, table } = this;
		if (undefined === answered) return undefined;
		const start = this.row * scores;
		return {
			id: `${id}:${answered}`,
			device: id,
			window: answered,
			model,
			version,
			label,
			confidence: table.scores[start]!,
			probabilities: table.scores.slice(start + 1, start + 1 + classes),
			time,
		};
	}
	/** Has at most 16 classes. */
	set result(result: Result | undefined) {
		this.answered = result?.window;
		if (undefined === result) return;
		const { probabilities } = result;
		const classes = Math.min(probabilities.length, maximumClasses);
		const start = this.row * scores;
		this.model = result.model;
		this.version = result.version;
		this.label = result.label;
		this.time = result.time;
		this.classes = classes;
		this.table.scores[start] = result.confidence;
		for (let i = 0; i < classes; i++) this.table.scores[start + 1 + i] = probabilities[i]!;
	}

	accept(result: Result): void {
		this.result = result;
		this.windows++;
		this.changed = true;
	}

	/** The twin as the API tells it. */
	format(): string {
		const { result } = this;
		return JSON.stringify({
			id: this.id,
			name: this.name,
			firmware: this.firmware,
			battery: this.battery ?? null,
			signal: this.signal ?? null,
			rate: this.rate ?? null,
			windows: this.windows,
			rejected: this.rejected,
			lastSeen: this.lastSeen ?? null,
			result: result
				? {
						id: result.id,
						label: result.label,
						confidence: result.confidence,
						probabilities: Array.from(result.probabilities),
						model: result.model,
						version: result.version,
						time: result.time,
					}
				: null,
		});
	}
}

/** The device as its storage keeps it, at most 512 bytes. */
export function encodeDevice(device: Device): Uint8Array {
	const bytes = new Uint8Array(recordLength);
	const view = new DataView(bytes.buffer);
	const { result } = device;
	bytes[0] = format;
	bytes.set(device.key, 1);
	view.setFloat64(33, device.ceiling);
	view.setFloat64(41, device.windows);
	view.setFloat64(49, device.rejected);
	view.setFloat64(57, device.lastSeen ?? Number.NaN);
	view.setInt16(65, device.battery ?? untold);
	view.setInt16(67, device.signal ?? untold);
	let end = fixedLength;
	const add = (text: string) => {
		const encoded = encodeText(text);
		bytes[end] = encoded.length;
		bytes.set(encoded, end + 1);
		end += 1 + encoded.length;
	};
	add(device.name);
	add(device.firmware);
	if (!result) return bytes.slice(0, end);
	const { probabilities } = result;
	bytes[end] = probabilities.length;
	view.setFloat64(end + 1, result.window);
	view.setFloat64(end + 9, result.time);
	view.setFloat32(end + 17, result.confidence);
	end += 21;
	for (let i = 0; i < probabilities.length; i++, end += 4) view.setFloat32(end, probabilities[i]!);
	add(result.model);
	add(result.version);
	add(result.label);
	return bytes.slice(0, end);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** The inverse of `encodeDevice`, into a row of the table; undefined for bytes that it did not make. */
export function decodeDevice(table: DeviceTable, row: number, id: string, bytes: Uint8Array): Device | undefined {
	const { length } = bytes;
	if (length <= fixedLength || length > recordLength || format !== bytes[0]) return;
	const view = new DataView(bytes.buffer, bytes.byteOffset, length);
	// No counter is greater than what is no number: each would be accepted, again and again.
	if (!isCount(view.getFloat64(33)) || !isCount(view.getFloat64(41)) || !isCount(view.getFloat64(49))) return;
	let at = fixedLength;
	const text = (limit: number): string => {
		const size = bytes[at] ?? length;
		const start = at + 1;
		if (size > limit || start + size > length) throw new TextError("cut short");
		at = start + size;
		return decodeText(bytes.subarray(start, at));
	};
	try {
		const name = text(TextLimits.name);
		const device = new Device(table, row, id, name, text(TextLimits.firmware), bytes.subarray(1, 1 + keyLength));
		device.ceiling = view.getFloat64(33);
		// What was accepted since the ceiling was stored is unknown: nothing up to it is accepted again.
		device.counter = device.ceiling;
		device.windows = view.getFloat64(41);
		device.rejected = view.getFloat64(49);
		const lastSeen = view.getFloat64(57);
		if (!Number.isNaN(lastSeen)) device.lastSeen = lastSeen;
		const battery = view.getInt16(65);
		if (untold !== battery) device.battery = battery;
		const signal = view.getInt16(67);
		if (untold !== signal) device.signal = signal;
		if (at === length) return device;
		const classes = bytes[at]!;
		if (classes > maximumClasses || at + 21 + 4 * classes > length) return;
		const window = view.getFloat64(at + 1);
		const time = view.getFloat64(at + 9);
		const confidence = view.getFloat32(at + 17);
		at += 21;
		const probabilities = new Float32Array(classes);
		for (let i = 0; i < classes; i++, at += 4) probabilities[i] = view.getFloat32(at);
		device.result = {
			id: `${id}:${window}`,
			device: id,
			window,
			model: text(TextLimits.model),
			version: text(TextLimits.version),
			label: text(TextLimits.label),
			confidence,
			probabilities,
			time,
		};
		return at === length ? device : undefined;
	} catch (error) {
		if (error instanceof TextError) return;
		throw error;
	}
}
