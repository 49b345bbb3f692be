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
/** A row of numbers. */
const Field = Object.freeze({
	counter: 0,
	ceiling: 1,
	windows: 2,
	rejected: 3,
	lastSeen: 4,
	window: 5,
	answered: 6,
	time: 7,
} as const);
const fields = 8;
/** A row of scores: the confidence, and the probability of each class. */
const scores = 1 + maximumClasses;
/** A row of measures: battery and signal. */
const measures = 2;
/** A row of states: whether a request was accepted and whether the record is older, and the number of classes. */
const states = 3;

/**
 * The numbers of all devices, a row for each. On XS a property takes 16 bytes and a view more than 100, so a device has
 * few properties and no view of its own.
 */
export class DeviceTable {
	readonly keys: Int32Array;
	readonly numbers: Float64Array;
	readonly scores: Float32Array;
	readonly measures: Int16Array;
	readonly states: Uint8Array;

	/** `rows`: devices at most. */
	constructor(rows: number) {
		this.keys = new Int32Array(rows * keyWords);
		this.numbers = new Float64Array(rows * fields);
		this.scores = new Float32Array(rows * scores);
		this.measures = new Int16Array(rows * measures);
		this.states = new Uint8Array(rows * states);
	}
}

/** A device that the gateway knows: who it is, what it may send next, and its twin. */
export class Device {
	readonly id: string;
	name: string;
	firmware: string;
	/** Its row of the table. */
	readonly row: number;
	private readonly table: DeviceTable;
	/** Of the newest result; the model's own texts, which all its devices share. */
	private model = "";
	private version = "";
	private label = "";

	/** `key`: 32 bytes. What the row held before is gone. */
	constructor(table: DeviceTable, row: number, id: string, name: string, firmware: string, key: Uint8Array) {
		this.id = id;
		this.name = name;
		this.firmware = firmware;
		this.row = row;
		this.table = table;
		table.keys.fill(0, row * keyWords, (row + 1) * keyWords);
		this.key.set(key);
		table.numbers.fill(0, row * fields, (row + 1) * fields);
		table.states.fill(0, row * states, (row + 1) * states);
		this.lastSeen = undefined;
		this.answered = undefined;
		this.battery = undefined;
		this.signal = undefined;
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

	/** The greatest counter of a request that was accepted, or that may have been before a restart. */
	get counter(): number {
		return this.table.numbers[this.row * fields + Field.counter]!;
	}
	set counter(value: number) {
		this.table.numbers[this.row * fields + Field.counter] = value;
	}

	/** No counter beyond this one is accepted before the record says so. */
	get ceiling(): number {
		return this.table.numbers[this.row * fields + Field.ceiling]!;
	}
	set ceiling(value: number) {
		this.table.numbers[this.row * fields + Field.ceiling] = value;
	}

	/** Windows that were classified. */
	get windows(): number {
		return this.table.numbers[this.row * fields + Field.windows]!;
	}
	set windows(value: number) {
		this.table.numbers[this.row * fields + Field.windows] = value;
	}

	/** Requests in this device's name that were refused: altered, forged or replayed. */
	get rejected(): number {
		return this.table.numbers[this.row * fields + Field.rejected]!;
	}
	set rejected(value: number) {
		this.table.numbers[this.row * fields + Field.rejected] = value;
	}

	/** Milliseconds since 1970. */
	get lastSeen(): number | undefined {
		return told(this.table.numbers[this.row * fields + Field.lastSeen]!);
	}
	set lastSeen(value: number | undefined) {
		this.table.numbers[this.row * fields + Field.lastSeen] = value ?? Number.NaN;
	}

	/** The number of the window in the request that is being answered. */
	get window(): number {
		return this.table.numbers[this.row * fields + Field.window]!;
	}
	set window(value: number) {
		this.table.numbers[this.row * fields + Field.window] = value;
	}

	/** The number of the window that has the newest result. */
	get answered(): number | undefined {
		return told(this.table.numbers[this.row * fields + Field.answered]!);
	}
	private set answered(value: number | undefined) {
		this.table.numbers[this.row * fields + Field.answered] = value ?? Number.NaN;
	}

	/** Percent. */
	get battery(): number | undefined {
		return measured(this.table.measures[this.row * measures]!);
	}
	set battery(value: number | undefined) {
		this.table.measures[this.row * measures] = value ?? untold;
	}

	/** dBm. */
	get signal(): number | undefined {
		return measured(this.table.measures[this.row * measures + 1]!);
	}
	set signal(value: number | undefined) {
		this.table.measures[this.row * measures + 1] = value ?? untold;
	}

	/** Whether a request of its own was accepted since it was admitted, or since the start. */
	get heard(): boolean {
		return 0 !== this.table.states[this.row * states];
	}
	set heard(value: boolean) {
		this.table.states[this.row * states] = value ? 1 : 0;
	}

	/** Whether the record in storage is older than this. */
	get changed(): boolean {
		return 0 !== this.table.states[this.row * states + 1];
	}
	set changed(value: boolean) {
		this.table.states[this.row * states + 1] = value ? 1 : 0;
	}

	/** What the newest window was answered, made anew with each call. */
	get result(): Result | undefined {
		const { answered, id, model, version, label, table, row } = this;
		if (undefined === answered) return undefined;
		const start = row * scores;
		return {
			id: `${id}:${answered}`,
			device: id,
			window: answered,
			model,
			version,
			label,
			confidence: table.scores[start]!,
			probabilities: table.scores.slice(start + 1, start + 1 + table.states[row * states + 2]!),
			time: table.numbers[row * fields + Field.time]!,
		};
	}
	/** Has at most 16 classes. */
	set result(result: Result | undefined) {
		this.answered = result?.window;
		if (undefined === result) return;
		const { table, row } = this;
		const { probabilities } = result;
		const classes = Math.min(probabilities.length, maximumClasses);
		const start = row * scores;
		this.model = result.model;
		this.version = result.version;
		this.label = result.label;
		table.numbers[row * fields + Field.time] = result.time;
		table.states[row * states + 2] = classes;
		table.scores[start] = result.confidence;
		for (let i = 0; i < classes; i++) table.scores[start + 1 + i] = probabilities[i]!;
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

const told = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
const measured = (value: number): number | undefined => (untold === value ? undefined : value);

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

/** The inverse of `encodeDevice`, into a row of the table; undefined for bytes that it did not make. */
export function decodeDevice(table: DeviceTable, row: number, id: string, bytes: Uint8Array): Device | undefined {
	const { length } = bytes;
	if (length <= fixedLength || length > recordLength || format !== bytes[0]) return;
	const view = new DataView(bytes.buffer, bytes.byteOffset, length);
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
		device.lastSeen = view.getFloat64(57);
		device.battery = view.getInt16(65);
		device.signal = view.getInt16(67);
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
