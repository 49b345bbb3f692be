import { describe, expect, it } from "vitest";
import { type Cut, cutWindows, resample, WindowError } from "../../../../tools/training/data/windows";
import { rowOf } from "../../../../tools/training/examples";
import { countsPerG, quantise } from "../../../../tools/training/sensor";
import { ramp } from "./recordings";

const recorded: Cut = { kind: "recorded" };

describe("windows of recordings", () => {
	it("hold the counts that the sensor would, with label, group and origin", () => {
		const recordings = [ramp(4), ramp(4, { label: "b", group: "h", source: { file: "g", line: 7 }, rate: 100 })];
		const { examples, rate } = cutWindows(recordings, { window: 4, cut: recorded, classes: ["b", "a"] });
		expect(rate).toBe(100);
		expect(examples.input).toEqual({ datatype: "INT16", shape: [4, 6], scale: 1 / 32768, zeroPoint: 0, rate: 100 });
		expect([...examples.labels]).toEqual([1, 0]);
		expect(examples.groups).toEqual(["g", "h"]);
		expect(examples.origins).toEqual([
			{ file: "f", line: 1, start: 0, end: 0.04 },
			{ file: "g", line: 7, start: 0, end: 0.04 },
		]);
		const { samples } = ramp(4);
		expect([...rowOf(examples, 0)]).toEqual(
			[0, 1, 2, 3].flatMap((i) => [...quantise(samples.subarray(6 * i, 6 * i + 6))]),
		);
	});

	it("counts what is beyond the sensor's range and holds it there", () => {
		const samples = Float32Array.of(4, -4.001, 3.9998, 2001, -1999, 0);
		const { examples, counts } = cutWindows([ramp(1, { samples })], { window: 1, cut: recorded, classes: ["a"] });
		expect([...examples.rows]).toEqual([32767, -32768, 32766, 32767, -32768, 0]);
		expect(counts.get("a")).toEqual({ windows: 1, saturated: 4 });
	});

	it("take no gyroscope where there is none, or none is asked for", () => {
		const plain = cutWindows([ramp(2, { channels: 3 })], { window: 2, cut: recorded, classes: ["a"] });
		expect(plain.examples.input.shape).toEqual([2, 3]);
		expect([...plain.examples.rows]).toEqual([0, 16, 32, 128, 144, 160]);
		const recordings = [ramp(2), ramp(2, { channels: 3 })];
		const mixed = cutWindows(recordings, { window: 2, channels: 3, cut: recorded, classes: ["a"] });
		expect([...mixed.examples.rows]).toEqual([0, 16, 32, 128, 144, 160, 0, 16, 32, 128, 144, 160]);
	});

	it("refuse recordings of different form unless it is said what to make of them", () => {
		const cut = (recordings: Parameters<typeof cutWindows>[0], more = {}) =>
			cutWindows(recordings, { window: 2, cut: recorded, classes: ["a"], ...more });
		expect(() => cut([ramp(2), ramp(2, { rate: 50 })])).toThrow(WindowError);
		expect(() => cut([ramp(2), ramp(2, { channels: 3 })])).toThrow(WindowError);
		expect(() => cut([ramp(2, { channels: 3 })], { channels: 6 })).toThrow(WindowError);
		expect(() => cut([ramp(2, { label: "c" })])).toThrow(WindowError);
		expect(() => cut([ramp(2, { rate: 1e-9 })], { rate: 100 })).toThrow(WindowError);
	});

	it("leave out recordings of another length and say which", () => {
		const recordings = [ramp(3), ramp(2, { source: { file: "x", line: 5 } })];
		const { examples, problems } = cutWindows(recordings, { window: 3, cut: recorded, classes: ["a"] });
		expect(examples.labels.length).toBe(1);
		expect(problems).toEqual([
			{ file: "x", line: 5, skipped: "recording", reason: "2 samples where a window of 3 is expected" },
		]);
	});

	it("slide by the step", () => {
		const options = { window: 4, cut: { kind: "slide", step: 3 }, classes: ["a"], channels: 3 } as const;
		const { examples } = cutWindows([ramp(11)], options);
		expect(examples.origins!.map(({ start }) => start)).toEqual([0, 0.03, 0.06]);
		expect([0, 1, 2].map((i) => rowOf(examples, i)[0])).toEqual([0, 3 * 128, 6 * 128]);
		expect(cutWindows([ramp(3)], options).problems.length).toBe(1);
	});

	it("are refused when sliding would fill the memory", () => {
		const options = { window: 10_000, cut: { kind: "slide", step: 1 }, classes: ["a"] } as const;
		expect(() => cutWindows([ramp(100_000)], options)).toThrow(WindowError);
	});

	it("lie about the greatest movement, and hold what a short recording begins and ends with", () => {
		const samples = new Float32Array(40 * 3);
		for (let i = 0; i < 40; i++) samples[3 * i + 2] = 1 + (i >= 20 && i < 26 ? Math.sin(i) : 0);
		const long = ramp(0, { channels: 3, samples });
		const { examples } = cutWindows([long], { window: 6, cut: { kind: "peak" }, classes: ["a"] });
		expect(examples.origins![0]!.start).toBe(0.2);
		const still = ramp(0, { channels: 3, samples: new Float32Array(30).fill(0.5) });
		const first = cutWindows([still], { window: 6, cut: { kind: "peak" }, classes: ["a"] });
		expect(first.examples.origins![0]!.start).toBe(0);
		const short = ramp(2, { channels: 3 });
		const held = cutWindows([short], { window: 5, cut: { kind: "peak", hold: true }, classes: ["a"] });
		expect(Array.from({ length: 5 }, (_, i) => held.examples.rows[3 * i])).toEqual([0, 0, 128, 128, 128]);
		expect(cutWindows([short], { window: 5, cut: { kind: "peak" }, classes: ["a"] }).problems.length).toBe(1);
	});

	it("begin where the wearable's trigger fires, with the history before it", () => {
		const samples = new Float32Array(300 * 6);
		for (let i = 0; i < 300; i++) {
			samples[6 * i + 2] = 1;
			if (i >= 150 && i < 170) samples[6 * i] = 2;
		}
		const cut = { kind: "trigger", threshold: 500, release: 200, history: 8 } as const;
		const { examples } = cutWindows([ramp(0, { samples })], { window: 50, cut, classes: ["a"] });
		expect(examples.labels.length).toBe(1);
		expect(examples.origins![0]!.start).toBeCloseTo(1.42, 9);
		const row = rowOf(examples, 0);
		expect(Array.from({ length: 10 }, (_, i) => row[6 * i])).toEqual([
			...new Array(8).fill(0),
			2 * countsPerG,
			2 * countsPerG,
		]);
		const still = cutWindows([ramp(0, { samples: samples.slice(0, 600) })], { window: 50, cut, classes: ["a"] });
		expect(still.problems[0]!.reason).toContain("trigger");
	});
});

describe("resampling", () => {
	it("interpolates between samples, up and down", () => {
		const recording = ramp(5, { channels: 3, samples: Float32Array.from([0, 1, 2, 3, 4].flatMap((x) => [x, -x, 1])) });
		const x = (to: number) => Array.from(resample(recording, to)).filter((_, i) => i % 3 === 0);
		expect(x(200)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]);
		expect(x(50)).toEqual([0, 2, 4]);
		expect(x(80)).toEqual([0, 1.25, 2.5, 3.75]);
		expect(x(100)).toEqual([0, 1, 2, 3, 4]);
	});

	it("keeps the last sample where rounding puts it just outside", () => {
		for (const [from, to] of [
			[119, 100],
			[100, 119],
			[1000 / 8.4, 119],
			[25, 119],
		] as const) {
			const recording = ramp(239, { rate: from, channels: 3 });
			const length = resample(recording, to).length / 3;
			expect(length).toBe(Math.floor((238 / from) * to + 1e-9) + 1);
		}
	});

	it("takes a recording of one sample as it is", () => {
		expect(resample(ramp(1, { channels: 3 }), 50).length).toBe(3);
	});
});
