// Thousands of cuts: in Node, within seconds. Inside XS, record-log.test.ts has some.
import assert from "node:assert/strict";
import { maximumRecordLength, RecordLog } from "gateway/resources/record-log";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { PowerCut, SimulatedFlash, tears } from "./flash";
import { Model, runToCut, script } from "./model";

const steps = 160;

describe("power cut", () => {
	for (const tear of tears)
		test(`at every write and erasure, ${tear} – each record whole or absent, and the log goes on`, () => {
			let cuts = 0;
			for (let at = 0; ; at++) {
				const ended = [1, 2, 3].map((seed) => {
					const state = runToCut({ steps, at, tear, seed: 1000 * at + seed });
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
			assert(cuts > 600);
		});

	test("again at every write of the recovery – each record whole or absent", () => {
		let cuts = 0;
		for (const tear of tears)
			for (let at = 0; ; at++) {
				const first = runToCut({ steps, at, tear, seed: at });
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
							records: first.model.records,
							appending: first.model.appending,
							acknowledging: first.model.acknowledging,
						});
						model.check(new RecordLog({ flash }));
					}
				}
			}
		assert(cuts > 20);
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
