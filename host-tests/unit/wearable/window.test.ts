import { expect, test } from "vitest";
import { channels, Recorder, windowLength } from "wearable/window";

/** Samples whose six values tell their number: 10 × number + channel. */
function numbered(count: number): Int16Array {
	return Int16Array.from({ length: count * channels }, (_, i) => 10 * Math.floor(i / channels) + (i % channels));
}

/** The numbers of the samples in a window, after checking that each is whole. */
function numbers(window: Uint8Array): number[] {
	const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
	const found: number[] = [];
	for (let at = 0; at < window.length; at += 12) {
		const number = view.getInt16(at, true) / 10;
		for (let i = 0; i < channels; i++) expect(view.getInt16(at + 2 * i, true)).toBe(10 * number + i);
		found.push(number);
	}
	return found;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Every window that comes of these samples with triggers at the given ones. */
function record(recorder: Recorder, count: number, length: number, triggers: number[]): number[][] {
	const samples = numbered(count);
	const windows: number[][] = [];
	let window = new Uint8Array(windowLength(length));
	for (let i = 0; i < count; i++)
		if (recorder.add(samples, i * channels, triggers.includes(i), window)) {
			windows.push(numbers(window));
			window = new Uint8Array(windowLength(length));
		}
	return windows;
}

test("Recorder without history: the window begins with the sample that triggers", () => {
	expect(record(new Recorder({ history: 0 }), 60, 20, [30])).toEqual([range(30, 50)]);
});

test("Recorder with history: the samples before the trigger come first, oldest first", () => {
	expect(record(new Recorder({ history: 8 }), 60, 20, [30])).toEqual([range(22, 42)]);
	expect(record(new Recorder({ history: 8 }), 60, 20, [3])).toEqual([range(0, 20)]);
});

test("Recorder triggered again within a window: goes on with the one", () => {
	expect(record(new Recorder({ history: 4 }), 80, 20, [10, 15, 26])).toEqual([range(6, 26), range(26, 46)]);
});

test("Recorder triggered right after a window: no sample is in two windows", () => {
	expect(record(new Recorder({ history: 8 }), 80, 20, [10, 25])).toEqual([range(2, 22), range(22, 42)]);
});

test("Recorder that discards: nothing from before remains", () => {
	const recorder = new Recorder({ history: 8 });
	const samples = numbered(10);
	const window = new Uint8Array(windowLength(20));
	for (let i = 0; i < 10; i++) recorder.add(samples, i * channels, i === 5, window);
	recorder.discard();
	expect(record(recorder, 60, 20, [0])).toEqual([range(0, 20)]);
});

test("Recorder writes int16 little endian over the whole range", () => {
	const recorder = new Recorder({ history: 0 });
	const window = new Uint8Array(windowLength(1));
	const sample = Int16Array.of(-32768, 32767, -1, 0, 1, -256);
	expect(recorder.add(sample, 0, true, window)).toBe(true);
	expect([...new Int16Array(window.buffer)]).toEqual([...sample]);
});
