/** Results on their way to the cloud: in flash before they are answered for, forgotten when the broker has them. */
import { findControl } from "common/ascii";
import { decodeText, encodeText } from "common/text";
import { type LogFlash, maximumRecordLength, RecordLog } from "gateway/resources/record-log";
import type { Result } from "gateway/result";

/** Bytes of UTF-8 in each text and the number of classes that a record can hold. */
export const ResultLimits = Object.freeze({
	device: 15,
	model: 32,
	version: 32,
	label: 64,
	classes: 16,
} as const);

export interface OutboxOptions {
	/** The partition "log". */
	flash: LogFlash;
}

const format = 1;
const fixedLength = 22;
/** Bytes of a record of a typical model: three classes and short names. */
const typicalLength = 68;

export class Outbox {
	readonly #log: RecordLog;
	readonly #bytes = new Uint8Array(maximumRecordLength);
	readonly #view = new DataView(this.#bytes.buffer);
	/** The newest record: most are sent as soon as they are there, and need not be read. */
	#latest: Result | undefined;
	#latestPosition = 0;
	#acknowledged = 0;
	#damaged = 0;
	/** Called after each record that was added. */
	onAppend: (() => void) | undefined;

	constructor(options: OutboxOptions) {
		this.#log = new RecordLog({ flash: options.flash });
	}

	/** Records that the broker does not have yet. */
	get queued(): number {
		return this.#log.unacknowledged;
	}

	/** Records that the broker took since the start. */
	get acknowledged(): number {
		return this.#acknowledged;
	}

	/** Records that the flash lost: their checksum was wrong when they were to be sent. */
	get damaged(): number {
		return this.#damaged;
	}

	/** Records of usual size that fit when it is empty. */
	get capacity(): number {
		return this.#log.capacity(typicalLength);
	}

	/**
	 * True once the result is in flash, false when the outbox is full.
	 * Throws RangeError when a text or the number of classes exceeds `ResultLimits`, or a text has a control character.
	 */
	append(result: Result): boolean {
		if (!this.#log.append(this.encode(result))) return false;
		this.#latest = result;
		this.#latestPosition = this.#log.last;
		this.onAppend?.();
		return true;
	}

	/** The position of the first record that waits, or of the first after `position`. */
	next(position?: number): number | undefined {
		return this.#log.next(position);
	}

	/** The result at a position that `next` gave; undefined when the flash lost it, and then it waits no longer. */
	read(position: number): Result | undefined {
		if (position === this.#latestPosition && undefined !== this.#latest) return this.#latest;
		const record = this.#log.read(position);
		const result = undefined === record ? undefined : this.decode(record);
		if (undefined === result) {
			this.#damaged++;
			this.#log.acknowledge(position);
		}
		return result;
	}

	/** The broker has it. */
	acknowledge(position: number): void {
		this.#log.acknowledge(position);
		if (position === this.#latestPosition) this.#latest = undefined;
		this.#acknowledged++;
	}

	private encode(result: Result): Uint8Array {
		const { probabilities } = result;
		const view = this.#view;
		if (probabilities.length > ResultLimits.classes) throw new RangeError("too many classes");
		view.setUint8(0, format);
		view.setFloat64(1, result.time, true);
		view.setFloat64(9, result.window, true);
		view.setFloat32(17, result.confidence, true);
		view.setUint8(21, probabilities.length);
		let end = fixedLength;
		for (let i = 0; i < probabilities.length; i++, end += 4) view.setFloat32(end, probabilities[i]!, true);
		end = this.encodeText(result.device, ResultLimits.device, end);
		end = this.encodeText(result.model, ResultLimits.model, end);
		end = this.encodeText(result.version, ResultLimits.version, end);
		end = this.encodeText(result.label, ResultLimits.label, end);
		return this.#bytes.subarray(0, end);
	}

	private encodeText(text: string, limit: number, end: number): number {
		if (text.length > limit) throw new RangeError("text too long");
		const bytes = encodeText(text);
		if (bytes.length > limit) throw new RangeError("text too long");
		// A control character would take six in JSON.
		if (findControl(bytes, 0) < bytes.length) throw new RangeError("control character");
		this.#bytes[end] = bytes.length;
		this.#bytes.set(bytes, end + 1);
		return end + 1 + bytes.length;
	}

	/** Undefined for a record of another format: an older or newer firmware wrote it. */
	private decode(record: Uint8Array): Result | undefined {
		const length = record.length;
		if (length < fixedLength || record[0] !== format) return;
		const view = new DataView(record.buffer, record.byteOffset, length);
		const classes = view.getUint8(21);
		let at = fixedLength + 4 * classes;
		if (classes > ResultLimits.classes || at > length) return;
		const probabilities = new Float32Array(classes);
		for (let i = 0; i < classes; i++) probabilities[i] = view.getFloat32(fixedLength + 4 * i, true);
		const texts: string[] = [];
		while (texts.length < 4) {
			const end = at + 1 + (record[at] ?? length);
			if (end > length) return;
			texts.push(decodeText(record.subarray(at + 1, end)));
			at = end;
		}
		const [device, model, version, label] = texts as [string, string, string, string];
		const window = view.getFloat64(9, true);
		return {
			id: `${device}:${window}`,
			device,
			window,
			model,
			version,
			label,
			confidence: view.getFloat32(17, true),
			probabilities,
			time: view.getFloat64(1, true),
		};
	}
}
