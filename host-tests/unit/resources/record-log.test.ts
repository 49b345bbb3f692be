import { crc32 } from "gateway/resources/crc32";
import { maximumRecordLength, RecordLog, storedLength } from "gateway/resources/record-log";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { blockLength, PowerCut, SimulatedFlash, tears } from "./flash";
import { idOf, Model, record, runToCut, script, waiting } from "./model";

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
		const records = new Map([4, 5, 6, 7, 100, maximumRecordLength].map((length) => [length, record(length, length)]));
		expect(waiting(log, records)).toEqual([4, 5, 6, 7, 100, maximumRecordLength]);
		expect(waiting(new RecordLog({ flash }), records)).toEqual([4, 5, 6, 7, 100, maximumRecordLength]);
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
		expect(waiting(log, model.records)).toEqual(model.live);
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
		expect(waiting(log, model.records)).toEqual(model.live);
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
		// Two records wait at any time, so that the tail moves by acknowledgements.
		for (let i = 0; i < 2002; i++) {
			log.append(record(1, 68));
			if (i > 1) log.acknowledge(log.next()!);
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

	for (const tear of tears)
		test(`power cut, ${tear}, at each of the first writes and erasures – each record whole or absent`, () => {
			for (let at = 0; at < 20; at++) {
				const { flash, model } = runToCut({ steps: 40, at, tear, seed: at })!;
				const log = new RecordLog({ flash });
				model.check(log);
				script(log, model, 0, 3);
				model.check(new RecordLog({ flash }));
			}
		});
});
