import { maximumMessage } from "gateway/cloud/mqtt/client";
import { Outbox, ResultLimits } from "gateway/cloud/outbox";
import { resultPayload } from "gateway/cloud/uplink";
import { RecordLog } from "gateway/resources/record-log";
import type { Result } from "gateway/result";
import { describe, expect, test } from "vitest";
import { SimulatedFlash } from "../resources/flash";

const usual: Result = {
	id: "wearable-1:17",
	device: "wearable-1",
	window: 17,
	model: "gesture",
	version: "1.0.0",
	label: "left",
	confidence: 0.75,
	probabilities: [0.75, 0.125, 0.125],
	time: 1_700_000_000_123,
};

function roundTrip(result: Result): Result {
	const flash = new SimulatedFlash(2);
	expect(new Outbox({ flash }).append(result)).toBe(true);
	const outbox = new Outbox({ flash });
	return outbox.read(outbox.next()!)!;
}

describe("outbox", () => {
	test("a result – the same after a restart", () => {
		expect(roundTrip(usual)).toEqual({ ...usual, probabilities: Float32Array.of(0.75, 0.125, 0.125) });
	});

	test("the greatest of everything, and nothing at all – the same after a restart", () => {
		const greatest: Result = {
			...usual,
			device: "d".repeat(ResultLimits.device),
			id: `${"d".repeat(ResultLimits.device)}:${Number.MAX_SAFE_INTEGER}`,
			window: Number.MAX_SAFE_INTEGER,
			model: "ü".repeat(ResultLimits.model / 2),
			version: "v".repeat(ResultLimits.version),
			label: "🜄".repeat(ResultLimits.label / 4),
			probabilities: new Float32Array(ResultLimits.classes).fill(1 / 16),
			time: 8.64e15,
		};
		expect(roundTrip(greatest)).toEqual(greatest);
		const least = {
			...usual,
			id: ":0",
			device: "",
			window: 0,
			model: "",
			version: "",
			label: "",
			probabilities: [],
			time: 0,
		};
		expect(roundTrip(least)).toEqual({ ...least, probabilities: new Float32Array() });
	});

	test("the longest message – fits the client's buffer", () => {
		const payload = resultPayload({
			...usual,
			device: '"'.repeat(ResultLimits.device),
			id: `${'"'.repeat(ResultLimits.device)}:${Number.MAX_SAFE_INTEGER}`,
			window: Number.MAX_SAFE_INTEGER,
			model: '"'.repeat(ResultLimits.model),
			version: "\\".repeat(ResultLimits.version),
			label: '"'.repeat(ResultLimits.label),
			confidence: -3.4028234663852886e38,
			probabilities: new Float32Array(ResultLimits.classes).fill(-3.4028234663852886e38),
			time: -1.7976931348623157e308,
		});
		const topic = `tmlaas/${"g".repeat(32)}/devices/${"d".repeat(ResultLimits.device)}/result`;
		expect(payload.length + topic.length).toBeLessThanOrEqual(maximumMessage);
	});

	test("beyond its limits – RangeError, nothing kept", () => {
		const outbox = new Outbox({ flash: new SimulatedFlash(2) });
		for (const wrong of [
			{ device: "d".repeat(ResultLimits.device + 1) },
			{ model: "m".repeat(ResultLimits.model + 1) },
			{ version: "v".repeat(ResultLimits.version + 1) },
			{ label: "l".repeat(ResultLimits.label + 1) },
			{ label: "ü".repeat(ResultLimits.label / 2 + 1) },
			{ label: "a\u001fb" },
			{ label: "a\nb" },
			{ probabilities: new Float32Array(ResultLimits.classes + 1) },
		])
			expect(() => outbox.append({ ...usual, ...wrong })).toThrow(RangeError);
		expect(outbox.queued).toBe(0);
		expect(outbox.next()).toBeUndefined();
	});

	test("capacity – about what fits of usual results, and not more", () => {
		const outbox = new Outbox({ flash: new SimulatedFlash(4) });
		let count = 0;
		while (outbox.append(usual)) count++;
		expect(outbox.capacity).toBeLessThanOrEqual(count);
		expect(outbox.capacity).toBeGreaterThan(0.9 * count);
		expect(outbox.queued).toBe(count);
	});

	test("record that another firmware wrote, or cut short by it – counted, passed over", () => {
		for (const record of [
			Uint8Array.of(2, ...new Array(60).fill(0)),
			new Uint8Array(),
			Uint8Array.of(1, ...new Array(20).fill(0)),
			Uint8Array.of(1, ...new Array(21).fill(255)),
			Uint8Array.of(1, ...new Array(21).fill(0), 9),
		]) {
			const flash = new SimulatedFlash(2);
			new RecordLog({ flash }).append(record);
			const outbox = new Outbox({ flash });
			expect(outbox.read(outbox.next()!)).toBeUndefined();
			expect(outbox.damaged).toBe(1);
			expect(outbox.queued).toBe(0);
		}
	});

	test("record that the flash lost – counted, passed over, the others stay", () => {
		const flash = new SimulatedFlash(2);
		const outbox = new Outbox({ flash });
		for (let window = 1; window <= 3; window++) outbox.append({ ...usual, id: `wearable-1:${window}`, window });
		const first = outbox.next()!;
		flash.bytes[outbox.next(first)! + 32] = 0;
		expect(outbox.read(outbox.next(first)!)).toBeUndefined();
		expect(outbox.damaged).toBe(1);
		expect(outbox.read(outbox.next(first)!)!.window).toBe(3);
		expect(outbox.queued).toBe(2);
		expect(outbox.acknowledged).toBe(0);
	});

	test("append – tells whoever sends", () => {
		const outbox = new Outbox({ flash: new SimulatedFlash(2) });
		let told = 0;
		outbox.onAppend = () => told++;
		outbox.append(usual);
		expect(told).toBe(1);
	});
});

test("payload – JSON with every field, probabilities to a millionth", () => {
	const text = new TextDecoder().decode(
		resultPayload({
			...usual,
			label: "<b>\"'",
			confidence: Math.fround(0.7),
			probabilities: Float32Array.of(0.7, 0.3, 1e-9),
		}),
	);
	expect(JSON.parse(text)).toEqual({ ...usual, label: "<b>\"'", confidence: 0.7, probabilities: [0.7, 0.3, 0] });
});
