import { crc32 } from "gateway/resources/crc32";
import { maximumRecordLength, RecordLog, storedLength } from "gateway/resources/record-log";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { blockLength, PowerCut, SimulatedFlash, type Tear, tears } from "./flash";

/** A record that shows which one it is, and any bit of it that is not as it was written. */
function record(id: number, length: number): Uint8Array {
	const random = createRandom(id);
	const bytes = new Uint8Array(length);
	for (let i = 4; i < length; i++) bytes[i] = random() * 256;
	new DataView(bytes.buffer).setUint32(0, id);
	return bytes;
}

function idOf(bytes: Uint8Array): number {
	return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** The ids of what waits, in order; each record is compared with what was written. */
function waiting(log: RecordLog, lengths: ReadonlyMap<number, number>): number[] {
	const ids: number[] = [];
	for (let at = log.next(); undefined !== at; at = log.next(at)) {
		const bytes = log.read(at);
		if (undefined === bytes) throw new Error(`record at ${at} is damaged`);
		const id = idOf(bytes);
		if (!lengths.has(id)) throw new Error(`record ${id} was never appended`);
		if (Buffer.compare(bytes, record(id, lengths.get(id)!))) throw new Error(`record ${id} is not as it was written`);
		ids.push(id);
	}
	return ids;
}

/** What a log must hold, whatever happened to its power. */
class Model {
	readonly lengths = new Map<number, number>();
	/** Appended and not acknowledged. */
	live: number[] = [];
	/** The append or acknowledgement that the power cut hit. */
	appending: number | undefined;
	acknowledging: number | undefined;
	#id = 0;

	append(log: RecordLog, length: number): boolean {
		const id = ++this.#id;
		this.lengths.set(id, length);
		this.appending = id;
		const isAppended = log.append(record(id, length));
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
		const found = waiting(log, this.lengths);
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

test("crc32 – over a length and erased bytes, never the checksum of an erased word", () => {
	const bytes = new Uint8Array(4 + maximumRecordLength).fill(0xff);
	for (let length = 0; length <= maximumRecordLength; length++) {
		new DataView(bytes.buffer).setUint32(0, (length | (~length << 16)) >>> 0, true);
		expect(crc32(bytes, 0, 4 + length)).not.toBe(0xffffffff);
	}
});

test("crc32 – the check value of its catalogue entry", () => {
	expect(crc32(Buffer.from("123456789"), 0, 9)).toBe(0xcbf43926);
});

describe("record log", () => {
	test("new flash – empty, and a record comes back as it was written", () => {
		const flash = new SimulatedFlash(2);
		const log = new RecordLog({ flash });
		expect(log.unacknowledged).toBe(0);
		expect(log.next()).toBeUndefined();
		for (const length of [4, 5, 6, 7, 100, maximumRecordLength]) expect(log.append(record(length, length))).toBe(true);
		const lengths = new Map([4, 5, 6, 7, 100, maximumRecordLength].map((length) => [length, length]));
		expect(waiting(log, lengths)).toEqual([4, 5, 6, 7, 100, maximumRecordLength]);
		expect(waiting(new RecordLog({ flash }), lengths)).toEqual([4, 5, 6, 7, 100, maximumRecordLength]);
	});

	test("empty record – kept like any other", () => {
		const log = new RecordLog({ flash: new SimulatedFlash(2) });
		expect(log.append(new Uint8Array())).toBe(true);
		expect(log.read(log.next()!)).toHaveLength(0);
	});

	test("record too long – RangeError, nothing written", () => {
		const flash = new SimulatedFlash(2);
		const log = new RecordLog({ flash });
		expect(() => log.append(new Uint8Array(maximumRecordLength + 1))).toThrow(RangeError);
		expect(flash.operations).toBe(0);
	});

	test("one block – RangeError, since it could never be used again", () => {
		expect(() => new RecordLog({ flash: new SimulatedFlash(1) })).toThrow(RangeError);
	});

	test("full – false, nothing lost; one block acknowledged – room again", () => {
		const flash = new SimulatedFlash(3);
		const log = new RecordLog({ flash });
		const model = new Model();
		let count = 0;
		while (model.append(log, 64)) count++;
		expect(count).toBe(log.capacity(64));
		expect(count).toBe(3 * Math.floor((blockLength - 12) / storedLength(64)));
		expect(model.append(log, 64)).toBe(false);
		expect(waiting(log, model.lengths)).toEqual(model.live);
		for (let i = 0; i < count / 3; i++) {
			expect(model.append(log, 64)).toBe(false);
			model.acknowledge(log, 0);
		}
		expect(model.append(log, 64)).toBe(true);
		model.check(new RecordLog({ flash }));
	});

	test("acknowledged out of order – the others stay, in order", () => {
		const flash = new SimulatedFlash(3);
		const log = new RecordLog({ flash });
		const model = new Model();
		for (let i = 0; i < 100; i++) model.append(log, 60);
		for (const index of [50, 3, 0, 0, 70, 1, 20]) model.acknowledge(log, index);
		expect(waiting(log, model.lengths)).toEqual(model.live);
		model.check(new RecordLog({ flash }));
	});

	test("acknowledged twice – counted once", () => {
		const log = new RecordLog({ flash: new SimulatedFlash(2) });
		log.append(record(1, 8));
		log.append(record(2, 8));
		const at = log.next()!;
		log.acknowledge(at);
		log.acknowledge(at);
		expect(log.unacknowledged).toBe(1);
	});

	test("bits lost in flash – that record is reported, the others are read", () => {
		const flash = new SimulatedFlash(2);
		const log = new RecordLog({ flash });
		for (let id = 1; id <= 3; id++) log.append(record(id, 40));
		const second = log.next(log.next()!)!;
		flash.bytes[second + 20]! &= 0x0f;
		flash.bytes[second + 21]! &= 0xf0;
		const reopened = new RecordLog({ flash });
		expect(reopened.read(second)).toBeUndefined();
		expect(idOf(reopened.read(reopened.next(second)!)!)).toBe(3);
		reopened.acknowledge(second);
		expect(reopened.unacknowledged).toBe(2);
	});

	test("flash with other contents – an empty log that uses every block", () => {
		const random = createRandom(7);
		const flash = new SimulatedFlash(4);
		for (let i = 0; i < flash.bytes.length; i++) flash.bytes[i] = random() * 256;
		const log = new RecordLog({ flash });
		const model = new Model();
		while (model.append(log, 100));
		expect(model.live).toHaveLength(log.capacity(100));
		model.check(new RecordLog({ flash }));
	});

	test("write that fails without a power cut – thrown, and the log goes on", () => {
		for (const tear of tears) {
			const random = createRandom(3);
			const flash = new SimulatedFlash(3);
			const log = new RecordLog({ flash });
			const model = new Model();
			for (let i = 0; i < 30; i++) model.append(log, 90);
			const failing = new (class extends SimulatedFlash {
				override write(buffer: Uint8Array, byteOffset: number): void {
					try {
						super.write(buffer, byteOffset);
					} finally {
						this.restore();
					}
				}
			})(3);
			failing.bytes.set(flash.bytes);
			const second = new RecordLog({ flash: failing });
			failing.cutAt(0, tear, random);
			expect(() => model.append(second, 90)).toThrow(PowerCut);
			model.check(second);
			failing.cutAt(0, tear, random);
			expect(() => model.acknowledge(second, 0)).toThrow(PowerCut);
			model.check(second);
			for (let i = 0; i < 20; i++) {
				expect(model.append(second, 90)).toBe(true);
				model.acknowledge(second, 0);
			}
			model.check(second);
			model.check(new RecordLog({ flash: failing }));
		}
	});

	test("wear – the same in every block, one erasure for each time it is filled", () => {
		const flash = new SimulatedFlash(8);
		const log = new RecordLog({ flash });
		const perBlock = Math.floor((blockLength - 12) / storedLength(68));
		for (let i = 0; i < perBlock * 8 * 10; i++) {
			expect(log.append(record(1, 68))).toBe(true);
			log.acknowledge(log.next()!);
		}
		expect(flash.erasures).toEqual(new Array(8).fill(10));
	});

	test("open – reads the headers of retired blocks only", () => {
		const flash = new SimulatedFlash(64);
		const log = new RecordLog({ flash });
		for (let i = 0; i < 2000; i++) {
			log.append(record(1, 68));
			log.acknowledge(log.next()!);
		}
		let bytes = 0;
		const counting = Object.assign(Object.create(flash) as SimulatedFlash, {
			status: () => flash.status(),
			read: (buffer: Uint8Array, offset: number) => {
				bytes += buffer.length;
				return flash.read(buffer, offset);
			},
		});
		new RecordLog({ flash: counting });
		expect(bytes).toBeLessThan(64 * 12 + 2 * blockLength);
	});
});

/** Fills, wraps round, acknowledges in and out of order: what the outbox does, in little. */
function script(log: RecordLog, model: Model, from: number, to: number): void {
	for (let step = from; step < to; step++) {
		if (step % 3 < 2) model.append(log, 150 + (step % 5) * 19);
		else if (model.live.length > 0) model.acknowledge(log, Math.min(step % 4, model.live.length - 1));
		if (step % 40 > 30) while (model.live.length > 3) model.acknowledge(log, 0);
	}
}
const steps = 160;

describe("power cut", () => {
	/** Runs the script with one cut; returns the flash as the cut left it, or undefined when it came to its end. */
	function runToCut(at: number, tear: Tear, seed: number): { flash: SimulatedFlash; model: Model } | undefined {
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

	for (const tear of tears)
		test(`at every write and erasure, ${tear} – each record whole or absent, and the log goes on`, () => {
			let cuts = 0;
			for (let at = 0; ; at++) {
				const ended = [1, 2, 3].map((seed) => {
					const state = runToCut(at, tear, 1000 * at + seed);
					if (undefined === state) return true;
					cuts++;
					const log = new RecordLog({ flash: state.flash });
					state.model.check(log);
					script(log, state.model, 0, 60);
					state.model.check(new RecordLog({ flash: state.flash }));
					return false;
				});
				if (ended.every(Boolean)) break;
			}
			expect(cuts).toBeGreaterThan(600);
		});

	test("again at every write of the recovery – each record whole or absent", () => {
		let cuts = 0;
		for (const tear of tears)
			for (let at = 0; ; at++) {
				const first = runToCut(at, tear, at);
				if (undefined === first) break;
				const { bytes } = first.flash;
				for (let second = 0; ; second++) {
					const flash = new SimulatedFlash(3);
					flash.bytes.set(bytes);
					flash.cutAt(second, tears[(at + second) % 4]!, createRandom(second));
					try {
						new RecordLog({ flash });
						break;
					} catch (error) {
						if (!(error instanceof PowerCut)) throw error;
						cuts++;
						flash.restore();
						const model = Object.assign(new Model(), {
							live: [...first.model.live],
							lengths: first.model.lengths,
							appending: first.model.appending,
							acknowledging: first.model.acknowledging,
						});
						model.check(new RecordLog({ flash }));
					}
				}
			}
		expect(cuts).toBeGreaterThan(20);
	});

	test("20,000 at random on one flash – nothing lost, nothing invented, wear even", () => {
		const random = createRandom(2026);
		const flash = new SimulatedFlash(5);
		const model = new Model();
		let full = 0;
		for (let cut = 0; cut < 20_000; cut++) {
			flash.cutAt(Math.floor(random() * 25), tears[Math.floor(random() * 4)]!, random);
			try {
				const log = new RecordLog({ flash });
				model.check(log);
				const eager = random();
				for (;;) {
					if (random() < eager || 0 === model.live.length) {
						if (model.append(log, 4 + Math.floor(random() * (maximumRecordLength - 3)))) continue;
						full++;
						// A full log that is only appended to never writes.
						if (random() < 0.1) model.acknowledge(log, 0);
					} else model.acknowledge(log, Math.floor(random() ** 4 * Math.min(8, model.live.length)));
				}
			} catch (error) {
				if (!(error instanceof PowerCut)) throw error;
				flash.restore();
			}
		}
		model.check(new RecordLog({ flash }));
		expect(full).toBeGreaterThan(0);
		expect(Math.max(...flash.erasures) - Math.min(...flash.erasures)).toBeLessThanOrEqual(
			1 + Math.max(...flash.erasures) * 0.02,
		);
	});
});
