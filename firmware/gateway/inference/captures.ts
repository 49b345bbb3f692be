/**
 * Labelled windows that devices send while an operator records them, kept in flash until they are removed: what a model
 * is trained on. The partition is the quota; nothing is ever overwritten to make room.
 */
import { decodeText, encodeText } from "common/text";
import { labelLength } from "gateway/inference/card";
import { viewOf } from "gateway/inference/tensor";
import { type LogFlash, RecordLog } from "gateway/resources/record-log";

/** One window with what it shows. `window` is valid until the next call. */
export interface Capture {
	readonly device: string;
	readonly label: string;
	/** Milliseconds since 1970. */
	readonly time: number;
	/** Samples a second, as the device told; 0 when it did not. */
	readonly rate: number;
	/** int16, little-endian. */
	readonly window: Uint8Array;
	/**
	 * Some of the window's bytes, read again and valid until the next call: who takes time need not hold all of it. Throws
	 * when it has been overwritten meanwhile, which may be once it is removed.
	 */
	part(start: number, end: number): Uint8Array;
}

/** What an operator asked for. */
export interface Recording {
	readonly device: string;
	readonly label: string;
	/** Windows that are still to come. */
	remaining: number;
}

/** Why a recording cannot begin; `code` tells which. */
export class CaptureError extends Error {
	override name = "CaptureError";
	readonly code: "label" | "count" | "full" | "busy";

	constructor(code: CaptureError["code"], message: string) {
		super(message);
		this.code = code;
	}
}

export interface CapturesOptions {
	/** The partition "captures". */
	flash: LogFlash;
	/** Called when a recording has begun, gone on or ended. */
	onChange(): void;
}

const format = 1;
/** Format, time and rate. */
const fixedLength = 13;
/** Devices that are recorded at once, and windows of one recording. */
const maximumRecordings = 8;
export const maximumCount = 1000;
/** Bytes of a window at most: 200 samples of six counts, and of one sample. */
const windowLength = 2400;
const sampleLength = 12;
const deviceLength = 15;
/** What stands before a record's window. */
const maximumHead = fixedLength + 1 + deviceLength + 1 + labelLength;
const maximumLength = maximumHead + windowLength;
const typicalLength = fixedLength + 2 + 10 + 6 + 1428;

export class Captures {
	readonly #log: RecordLog;
	readonly #options: CapturesOptions;
	readonly #recordings: Recording[] = [];

	constructor(options: CapturesOptions) {
		this.#log = new RecordLog({ flash: options.flash, maximumLength });
		this.#options = options;
	}

	/** Windows that are kept. */
	get count(): number {
		return this.#log.unacknowledged;
	}

	/** Windows of 119 samples that fit when nothing is kept. */
	get capacity(): number {
		return this.#log.capacity(typicalLength);
	}

	get recordings(): readonly Recording[] {
		return this.#recordings;
	}

	/** Keeps the next `count` windows of the device under this label. Throws `CaptureError`. */
	start(device: string, label: string, count: number): void {
		if (!isLabel(label))
			throw new CaptureError("label", `a label has 1 to ${labelLength} bytes, none of them a control character`);
		if (!(count >= 1 && count <= maximumCount)) throw new CaptureError("count", `1 to ${maximumCount} windows at once`);
		if (this.count >= this.capacity)
			throw new CaptureError("full", `${this.count} windows are kept and no more fit: export and remove them first`);
		this.end(device);
		if (maximumRecordings === this.#recordings.length)
			throw new CaptureError("busy", `at most ${maximumRecordings} devices are recorded at once`);
		this.#recordings.push({ device, label, remaining: count });
		this.#options.onChange();
	}

	stop(device: string): void {
		if (this.end(device)) this.#options.onChange();
	}

	/**
	 * A device's window was answered: it is kept when the device is being recorded and it is of motion, as not all models
	 * take it. `window` is not held.
	 */
	take(device: string, rate: number, time: number, window: Uint8Array): void {
		if (0 === this.#recordings.length) return;
		const recording = this.find(device);
		if (!recording || window.length > windowLength || 0 !== window.length % sampleLength) return;
		if (this.#log.append(encodeHead(recording, rate, time), window)) recording.remaining--;
		// The quota is used up: what was asked for cannot come any more.
		else recording.remaining = 0;
		if (0 === recording.remaining) this.end(device);
		this.#options.onChange();
	}

	/** All of a label and of a device, where these are given, in the order in which they came. */
	*values(label?: string, device?: string): Generator<Capture, void> {
		for (let position = this.#log.next(); undefined !== position; position = this.#log.next(position)) {
			const capture = this.read(position);
			if (capture && matches(capture, label, device)) yield capture;
		}
	}

	/** Removes what `values` gives. */
	remove(label?: string, device?: string): number {
		let removed = 0;
		let position = this.#log.next();
		while (undefined !== position) {
			// The next one is looked for first: a position that is acknowledged leads nowhere.
			const next = this.#log.next(position);
			const capture = this.read(position);
			if (!capture || matches(capture, label, device)) {
				this.#log.acknowledge(position);
				removed++;
			}
			position = next;
		}
		if (removed > 0) this.#options.onChange();
		return removed;
	}

	private find(device: string): Recording | undefined {
		for (const recording of this.#recordings) if (device === recording.device) return recording;
		return;
	}

	private end(device: string): boolean {
		const recording = this.find(device);
		if (!recording) return false;
		this.#recordings.splice(this.#recordings.indexOf(recording), 1);
		return true;
	}

	/** Undefined for a record that the flash lost, or of another format. */
	private read(position: number): Capture | undefined {
		const record = this.#log.read(position);
		if (!record || record.length < fixedLength || format !== record[0]) return;
		const view = viewOf(record);
		let at = fixedLength;
		const text = () => {
			const start = at + 1;
			at = start + (record[at] ?? record.length);
			return at <= record.length ? decodeText(record.subarray(start, at)) : "";
		};
		const device = text();
		const label = text();
		if (at >= record.length) return;
		const window = record.subarray(at);
		if (0 !== window.length % sampleLength) return;
		const time = view.getFloat64(1, true);
		const { length } = record;
		const part = (start: number, end: number) => {
			const again = this.#log.read(position);
			if (again?.length !== length || viewOf(again).getFloat64(1, true) !== time)
				throw new Error("a window was removed and overwritten while it was exported");
			return again.subarray(at + start, Math.min(at + end, length));
		};
		return { device, label, time, rate: view.getFloat32(9, true), window, part };
	}
}

function encodeHead({ device, label }: Recording, rate: number, time: number): Uint8Array {
	const head = new Uint8Array(maximumHead);
	const view = new DataView(head.buffer);
	view.setUint8(0, format);
	view.setFloat64(1, time, true);
	view.setFloat32(9, rate, true);
	let end = fixedLength;
	for (const text of [device, label]) {
		const bytes = encodeText(text);
		head[end] = bytes.length;
		head.set(bytes, end + 1);
		end += 1 + bytes.length;
	}
	return head.subarray(0, end);
}

function matches(capture: Capture, label: string | undefined, device: string | undefined): boolean {
	return (undefined === label || label === capture.label) && (undefined === device || device === capture.device);
}

function isLabel(text: string): boolean {
	for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 || 0x7f === text.charCodeAt(i)) return false;
	return text.length > 0 && text.length <= labelLength && encodeText(text).length <= labelLength;
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(Captures.prototype.values.prototype);
