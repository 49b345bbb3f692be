import { RecordLog } from "gateway/resources/record-log";
import { expect } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { PowerCut, SimulatedFlash, type Tear } from "./flash";

/** A record that shows which one it is, and any bit of it that is not as it was written. */
export function record(id: number, length: number): Uint8Array {
	const random = createRandom(id);
	const bytes = new Uint8Array(length);
	for (let i = 4; i < length; i++) bytes[i] = random() * 256;
	new DataView(bytes.buffer).setUint32(0, id);
	return bytes;
}

export function idOf(bytes: Uint8Array): number {
	return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** The ids of what waits, in order; each record is compared with what was written. */
export function waiting(log: RecordLog, records: ReadonlyMap<number, Uint8Array>): number[] {
	const ids: number[] = [];
	for (let at = log.next(); undefined !== at; at = log.next(at)) {
		const bytes = log.read(at);
		if (undefined === bytes) throw new Error(`record at ${at} is damaged`);
		const id = idOf(bytes);
		const appended = records.get(id);
		if (undefined === appended) throw new Error(`record ${id} was never appended`);
		if (Buffer.compare(bytes, appended)) throw new Error(`record ${id} is not as it was written`);
		ids.push(id);
	}
	return ids;
}

/** What a log must hold, whatever happened to its power. */
export class Model {
	/** What was ever appended, by its id. */
	readonly records = new Map<number, Uint8Array>();
	/** Appended and not acknowledged. */
	live: number[] = [];
	/** The append or acknowledgement that the power cut hit. */
	appending: number | undefined;
	acknowledging: number | undefined;
	#id = 0;

	append(log: RecordLog, length: number): boolean {
		const id = ++this.#id;
		const bytes = record(id, length);
		this.records.set(id, bytes);
		this.appending = id;
		const isAppended = log.append(bytes);
		this.appending = undefined;
		if (isAppended) this.live.push(id);
		return isAppended;
	}

	/** Acknowledges the `index`-th record that waits. */
	acknowledge(log: RecordLog, index: number): void {
		let at = log.next();
		for (let i = 0; i < index; i++) at = log.next(at);
		const id = idOf(log.read(at!)!);
		expect(id).toBe(this.live[index]);
		this.acknowledging = id;
		log.acknowledge(at!);
		this.acknowledging = undefined;
		this.live.splice(index, 1);
	}

	/** Compares after a restart, and takes over what was undecided. */
	check(log: RecordLog): void {
		const found = waiting(log, this.records);
		const expected = [...this.live];
		if (undefined !== this.appending && found.at(-1) === this.appending) expected.push(this.appending);
		if (undefined !== this.acknowledging && !found.includes(this.acknowledging))
			expected.splice(expected.indexOf(this.acknowledging), 1);
		expect(found).toEqual(expected);
		expect(log.unacknowledged).toBe(found.length);
		this.live = found;
		this.appending = undefined;
		this.acknowledging = undefined;
	}
}

/** Fills, wraps round, acknowledges in and out of order: what the outbox does, in little. */
export function script(log: RecordLog, model: Model, from: number, to: number): void {
	for (let step = from; step < to; step++) {
		if (step % 3 < 2) model.append(log, 150 + (step % 5) * 19);
		else if (model.live.length > 0) model.acknowledge(log, Math.min(step % 4, model.live.length - 1));
		if (step % 40 > 30) while (model.live.length > 3) model.acknowledge(log, 0);
	}
}

/** Runs the script with one cut; returns the flash as the cut left it, or undefined when it came to its end. */
export function runToCut({
	steps,
	at,
	tear,
	seed,
}: {
	steps: number;
	at: number;
	tear: Tear;
	seed: number;
}): { flash: SimulatedFlash; model: Model } | undefined {
	const flash = new SimulatedFlash(3);
	const model = new Model();
	flash.cutAt(at, tear, createRandom(seed));
	try {
		script(new RecordLog({ flash }), model, 0, steps);
		return;
	} catch (error) {
		if (!(error instanceof PowerCut)) throw error;
		flash.restore();
		return { flash, model };
	}
}
