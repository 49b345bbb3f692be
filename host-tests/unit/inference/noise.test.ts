import { HTTPError } from "gateway/web/route";
import { describe, expect, test } from "vitest";
import { Bench, call } from "./client";
import { gestureEngine, mixedEngine } from "./models";

/** Numbers from a seed (Numerical Recipes' linear congruential generator). */
function generator(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

const json = JSON.stringify({
	id: "a",
	parameters: { binary_data_output: true },
	inputs: [
		{ name: "integers", datatype: "INT32", shape: [2, 2], parameters: { binary_data_size: 16 } },
		{ name: "floats", datatype: "FP32", shape: [3], data: [[0.5], -0.25, 1e3] },
	],
	outputs: [
		{ name: "sum", parameters: { classification: 1 } },
		{ name: "flags", parameters: { binary_data: false } },
	],
}).replace("[[0.5]", "[0.5");

describe("noise", () => {
	test("a changed request is answered or refused with 4xx, and the model serves on", () => {
		const bench = new Bench(mixedEngine);
		const random = generator(2024);
		const whole = Buffer.concat([Buffer.from(json), Buffer.alloc(16, 1)]);
		const interesting = Buffer.from('{}[]",:0123456789.eE+-\\u\0\xff', "latin1");
		let answered = 0;
		let refused = 0;
		for (let round = 0; round < 20_000; round++) {
			const body = Buffer.from(whole.subarray(0, random(20) ? whole.length : random(whole.length)));
			for (let i = random(3); i > 0 && body.length; i--)
				body[random(body.length)] = random(3) ? interesting[random(interesting.length)]! : random(256);
			const length = random(10) ? json.length : random(2000) - 100;
			try {
				const { status } = call(bench.routes, "POST", "/v2/models/mixed/infer", {
					scope: "infer",
					body: new Uint8Array(body),
					headers: { "inference-header-content-length": String(length) },
				});
				expect(status).toBe(200);
				answered++;
			} catch (error) {
				expect(error).toBeInstanceOf(HTTPError);
				expect((error as HTTPError).status).toBe(400);
				refused++;
			}
		}
		expect(answered).toBeGreaterThan(1000);
		expect(refused).toBeGreaterThan(1000);
	});

	test("a raw tensor may hold anything; only its length matters", () => {
		const bench = new Bench(gestureEngine);
		const random = generator(7);
		for (let round = 0; round < 500; round++) {
			const body = Uint8Array.from({ length: 1428 }, () => random(256));
			expect(bench.raw(body).binary).toHaveLength(12);
		}
	});
});
