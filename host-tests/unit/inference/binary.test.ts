import { describe, expect, test } from "vitest";
import { Bench } from "./client";
import { FunctionEngine } from "./models";

/** Two classes told by one element: the share of "shake" is the window's first value in 1/256. */
const binary = (datatype: "FP32" | "INT8") => () =>
	new FunctionEngine({
		inputs: [{ name: "window", datatype: "INT16", shape: [1, 4] }],
		outputs: [
			{
				name: "share",
				datatype,
				shape: [1, 1],
				...("INT8" === datatype ? { scale: 1 / 256, zeroPoint: -128 } : {}),
			},
		],
		run([input], [output]) {
			const share = input!.getInt16(0, true) / 256;
			if ("INT8" === datatype) output!.setInt8(0, Math.max(-128, Math.min(127, Math.round(256 * share) - 128)));
			else output!.setFloat32(0, share, true);
		},
	}).withCard({ name: "gesture", version: "1.0.0", labels: ["rest", "shake"] });

const window = (share: number) => new Uint8Array(Int16Array.of(share, 0, 0, 0).buffer);

describe("two classes in one element", () => {
	test.each([
		["FP32", ["0.750000:1:shake", "0.250000:0:rest"]],
		["INT8", ["64:1:shake", "-64:0:rest"]],
	] as const)("classification of %s tells both, best first", (datatype, classes) => {
		const bench = new Bench(binary(datatype));
		const ask = (count: number) =>
			bench.infer("gesture", {
				inputs: [{ name: "window", datatype: "INT16", shape: [1, 4], data: [192, 0, 0, 0] }],
				outputs: [{ name: "share", parameters: { classification: count } }],
			}).json.outputs[0];
		expect(ask(2)).toEqual({ name: "share", datatype: "BYTES", shape: [1, 2], data: classes });
		expect(ask(1).data).toEqual([classes[0]]);
	});

	test.each(["FP32", "INT8"] as const)(
		"a device's window of %s: label, both scores, the tensor; and the same again",
		(type) => {
			const bench = new Bench(binary(type));
			for (const [number, share, label, confidence] of [
				[1, 192, "shake", "0.750"],
				[2, 32, "rest", "0.875"],
			] as const) {
				bench.device.window = number;
				const first = bench.send(window(share));
				expect(first.headers["tmlaas-result"]).toBe(`${label};${confidence}`);
				expect(first.binary).toHaveLength("FP32" === type ? 4 : 1);
				expect([...(bench.published[number - 1]!.probabilities as Float32Array)]).toEqual([
					1 - share / 256,
					share / 256,
				]);
				const again = bench.send(window(share));
				expect(again.headers["tmlaas-result"]).toBe(`${label};${confidence}`);
				expect(Buffer.compare(again.binary, first.binary)).toBe(0);
			}
			expect(bench.published).toHaveLength(2);
		},
	);
});
