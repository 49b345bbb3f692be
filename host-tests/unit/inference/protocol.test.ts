import { encodeText } from "common/text";
import { describe, expect, test } from "vitest";
import { Bench, call, read, refusal } from "./client";
import { FunctionEngine, gestureEngine, mixedEngine, windowShape } from "./models";

const values = Array.from({ length: 714 }, (_, i) => (i % 7) - 3);
const nested = [Array.from({ length: 119 }, (_, row) => values.slice(6 * row, 6 * row + 6))];
const bytes = new Uint8Array(Int16Array.from(values).buffer);
const expected = [306 / 714, 102 / 714, 306 / 714].map(Math.fround);

const input = { name: "window", datatype: "INT16", shape: windowShape };
const integers = { name: "integers", datatype: "INT32", shape: [2, 2], data: [1, 2, 3, -4] };
const floats = { name: "floats", datatype: "FP32", shape: [3], data: [0.5, -0.25, 1e3] };

const gesture = () => new Bench(gestureEngine);
const mixed = () => new Bench(mixedEngine);
const status = (action: () => unknown) => refusal(action).status;

describe("health and metadata", () => {
	test("GET /v2 tells name, version and extensions, to anyone", () => {
		const { json } = read(call(gesture().routes, "GET", "/v2"));
		expect(json).toEqual({
			name: "bench",
			version: "1.2.3",
			extensions: ["binary_tensor_data", "classification", "statistics", "model_repository", "tmlaas_stream_upload"],
		});
	});

	test("health: live and ready for anyone; a refused model is live, not ready", () => {
		const { routes } = gesture();
		expect(call(routes, "GET", "/v2/health/live").status).toBe(200);
		expect(call(routes, "GET", "/v2/health/ready").status).toBe(200);
		const refused = new Bench(() => {
			throw Object.assign(new Error("offset outside the file"), { code: 23 });
		});
		expect(call(refused.routes, "GET", "/v2/health/live").status).toBe(200);
		const error = refusal(() => call(refused.routes, "GET", "/v2/health/ready"));
		expect(error.status).toBe(400);
		expect(error.message).toContain("23");
		expect(error.message).toContain("offset outside the file");
	});

	test("model metadata, with and without the version", () => {
		const bench = gesture();
		const metadata = {
			name: "gesture",
			versions: ["1.0.0"],
			platform: "tensorflow_tflite",
			inputs: [input],
			outputs: [{ name: "probabilities", datatype: "FP32", shape: [1, 3] }],
		};
		expect(bench.get("/v2/models/gesture").json).toEqual(metadata);
		expect(bench.get("/v2/models/gesture/versions/1.0.0").json).toEqual(metadata);
	});

	test("readiness of a model is for anyone, as all health is", () => {
		const bench = gesture();
		expect(call(bench.routes, "GET", "/v2/models/gesture/ready").status).toBe(200);
		expect(bench.get("/v2/models/gesture/ready").json).toEqual({ name: "gesture", ready: true });
		expect(bench.get("/v2/models/gesture/versions/1.0.0/ready").json).toEqual({ name: "gesture", ready: true });
	});

	test.each([
		"/v2/models/other",
		"/v2/models/gesture/versions/2.0.0",
		"/v2/models/other/ready",
		"/v2/models/gesture/versions/9/ready",
		"/v2/models/other/stats",
	])("404 for %s", (path) => {
		expect(status(() => gesture().get(path))).toBe(404);
	});

	test("404 for inference with an unknown model or version", () => {
		const { routes } = gesture();
		for (const path of ["/v2/models/other/infer", "/v2/models/gesture/versions/2/infer"])
			expect(status(() => call(routes, "POST", path, { scope: "infer", body: "{}" }))).toBe(404);
	});

	test("models are for operators", () => {
		const { routes } = gesture();
		for (const path of ["/v2/models", "/v2/models/gesture", "/v2/models/gesture/stats"])
			expect(status(() => call(routes, "GET", path))).toBe(401);
		expect(status(() => call(routes, "POST", "/v2/repository/index"))).toBe(401);
		const error = refusal(() => call(routes, "POST", "/v2/models/gesture/infer", { body: "{}" }));
		expect(error.status).toBe(401);
		expect(error.headers).toEqual({ "www-authenticate": "Bearer" });
	});

	test("the index lists the model and its state", () => {
		const index = (bench: Bench, body?: string) =>
			read(call(bench.routes, "POST", "/v2/repository/index", { scope: "infer", body: body ?? "" })).json;
		const ready = [{ name: "gesture", version: "1.0.0", state: "READY", reason: "" }];
		expect(index(gesture())).toEqual(ready);
		expect(index(gesture(), '{"ready":true}')).toEqual(ready);
		const refused = new Bench(() => {
			throw new Error("no");
		});
		expect(index(refused)).toEqual([
			{ name: "gesture", state: "UNAVAILABLE", reason: "the engine refused the file: no" },
		]);
		expect(index(refused, '{"ready":true}')).toEqual([]);
		expect(status(() => index(gesture(), '{"ready":1}'))).toBe(400);
		expect(gesture().get("/v2/models").json).toEqual({ models: ["gesture"] });
	});

	test("a refused model answers 503 with the reason and tells when to come again", () => {
		const refused = new Bench(() => {
			throw new Error("arena too small");
		});
		const error = refusal(() => refused.infer("gesture", {}));
		expect(error.status).toBe(503);
		expect(error.message).toContain("arena too small");
		expect(error.headers).toHaveProperty("retry-after");
		expect(status(() => refused.get("/v2/models/gesture/ready"))).toBe(400);
	});
});

describe("inference with JSON", () => {
	test("flat data; the id comes back", () => {
		const { json, binary } = gesture().infer("gesture", { id: "é-1", inputs: [{ ...input, data: values }] });
		expect(json).toEqual({
			model_name: "gesture",
			model_version: "1.0.0",
			id: "é-1",
			outputs: [{ name: "probabilities", datatype: "FP32", shape: [1, 3], data: expected }],
		});
		expect(binary).toHaveLength(0);
	});

	test("case 20: nested data equals flat data", () => {
		const bench = gesture();
		const flat = bench.infer("gesture", { inputs: [{ ...input, data: values }] }).json;
		expect(bench.infer("gesture", { inputs: [{ ...input, data: nested }] }).json).toEqual(flat);
		expect(flat).not.toHaveProperty("id");
	});

	test("data ahead of what tells how to read it", () => {
		const { json } = gesture().infer("gesture", { inputs: [{ data: values, ...input }] });
		expect(json.outputs[0].data).toEqual(expected);
	});

	test("the version in the path", () => {
		const { json } = gesture().infer("gesture/versions/1.0.0", { inputs: [{ ...input, data: values }] });
		expect(json.outputs[0].data).toEqual(expected);
	});

	test("several inputs in any order, several outputs, unknown members passed over", () => {
		const { json } = mixed().infer("mixed", {
			parameters: { sequence_id: 7, priority: 0 },
			inputs: [{ ...floats, parameters: { note: "x" } }, integers],
			extra: [{ deep: [[]] }],
		});
		expect(json.outputs).toEqual([
			{ name: "sum", datatype: "FP32", shape: [1], data: [1002.25] },
			{ name: "flags", datatype: "BOOL", shape: [3], data: [true, false, true] },
		]);
	});

	test("only the outputs that are asked for, in the order asked", () => {
		const request = { inputs: [integers, floats] };
		const bench = mixed();
		expect(bench.infer("mixed", { ...request, outputs: [{ name: "flags" }] }).json.outputs).toHaveLength(1);
		const both = bench.infer("mixed", { ...request, outputs: [{ name: "flags" }, { name: "sum" }] }).json;
		expect(both.outputs.map((output: { name: string }) => output.name)).toEqual(["flags", "sum"]);
	});

	test.each<[string, object]>([
		["no inputs", {}],
		["inputs that are no array", { inputs: integers }],
		["a missing input", { inputs: [integers] }],
		["an unknown input", { inputs: [integers, floats, { ...floats, name: "others" }] }],
		["an input twice", { inputs: [integers, integers, floats] }],
		["an input without a name", { inputs: [{ ...integers, name: undefined }, floats] }],
		["an input without a shape", { inputs: [{ ...integers, shape: undefined }, floats] }],
		["an input without a datatype", { inputs: [{ ...integers, datatype: undefined }, floats] }],
		["an input without data", { inputs: [{ ...integers, data: undefined }, floats] }],
		["case 20: a wrong datatype", { inputs: [{ ...integers, datatype: "INT64" }, floats] }],
		["case 20: a datatype in small letters", { inputs: [{ ...integers, datatype: "int32" }, floats] }],
		["case 20: a datatype that is none", { inputs: [{ ...integers, datatype: "BYTES" }, floats] }],
		["case 20: an overflowing shape", { inputs: [{ ...integers, shape: [65536, 65536] }, floats] }],
		[
			"case 20: a shape that overflows to its size",
			{ inputs: [{ ...integers, shape: [4294967296, 4294967297] }, floats] },
		],
		["case 20: a negative dimension", { inputs: [{ ...integers, shape: [-2, -2] }, floats] }],
		["case 20: a free dimension", { inputs: [{ ...integers, shape: [-1, 2] }, floats] }],
		["case 20: a zero dimension", { inputs: [{ ...integers, shape: [0, 2], data: [] }, floats] }],
		["case 20: a fractional dimension", { inputs: [{ ...integers, shape: [1.5, 2] }, floats] }],
		["case 20: another shape of the same size", { inputs: [{ ...integers, shape: [4] }, floats] }],
		["case 20: too many dimensions", { inputs: [{ ...integers, shape: Array(9).fill(1) }, floats] }],
		["too few elements", { inputs: [{ ...integers, data: [1, 2, 3] }, floats] }],
		["too many elements", { inputs: [{ ...integers, data: [1, 2, 3, 4, 5] }, floats] }],
		["no elements", { inputs: [{ ...integers, data: [] }, floats] }],
		["data nested otherwise", { inputs: [{ ...integers, data: [[1, 2, 3, 4]] }, floats] }],
		["ragged data", { inputs: [{ ...integers, data: [[1, 2], [3]] }, floats] }],
		[
			"data nested too deep",
			{
				inputs: [
					{
						...integers,
						data: [
							[[1], [2]],
							[[3], [4]],
						],
					},
					floats,
				],
			},
		],
		["data of mixed depth", { inputs: [{ ...integers, data: [[1, 2], 3, 4] }, floats] }],
		["data with an empty row", { inputs: [{ ...integers, data: [[1, 2], []] }, floats] }],
		["data with one row more", { inputs: [{ ...integers, data: [[1, 2], [3, 4], []] }, floats] }],
		["a nested vector", { inputs: [integers, { ...floats, data: [[1, 2, 3]] }] }],
		["an integer out of range", { inputs: [{ ...integers, data: [1, 2, 3, 2147483648] }, floats] }],
		["a fraction for an integer", { inputs: [{ ...integers, data: [1, 2, 3, 4.5] }, floats] }],
		["text for an integer", { inputs: [{ ...integers, data: [1, 2, 3, "4"] }, floats] }],
		["null for a float", { inputs: [integers, { ...floats, data: [1, null, 3] }] }],
		["an unknown output", { inputs: [integers, floats], outputs: [{ name: "other" }] }],
		["an output twice", { inputs: [integers, floats], outputs: [{ name: "sum" }, { name: "sum" }] }],
		["an output without a name", { inputs: [integers, floats], outputs: [{}] }],
		[
			"a negative classification",
			{ inputs: [integers, floats], outputs: [{ name: "sum", parameters: { classification: -1 } }] },
		],
		[
			"binary_data that is no boolean",
			{ inputs: [integers, floats], outputs: [{ name: "sum", parameters: { binary_data: 1 } }] },
		],
		[
			"binary_data_size without tensors",
			{ inputs: [{ ...integers, data: undefined, parameters: { binary_data_size: 16 } }, floats] },
		],
		["data and binary_data_size", { inputs: [{ ...integers, parameters: { binary_data_size: 16 } }, floats] }],
		["an id that is no text", { id: 5, inputs: [integers, floats] }],
	])("400 for %s", (_name, request) => {
		const error = refusal(() => mixed().infer("mixed", request));
		expect(error.status).toBe(400);
		expect(error.message.length).toBeGreaterThan(10);
	});

	const around = (data: string) =>
		`{"inputs":[${JSON.stringify(integers)},{"name":"floats","datatype":"FP32","shape":[3],"data":${data}}]}`;

	test.each([
		[
			"an integer tensor of 20 digits",
			`{"inputs":[{"name":"integers","datatype":"INT32","shape":[2,2],"data":[1,2,3,12345678901234567890]}]}`,
		],
		["1e400", around("[1,2,1e400]")],
		["a float beyond FP32", around("[1,2,1e39]")],
		["NaN", around("[1,2,NaN]")],
		["-Infinity", around("[1,2,-Infinity]")],
		["duplicate keys", around("[1,2,3]").replace('"shape"', '"name":"floats","shape"')],
		["a lone surrogate", `{"id":"\\ud800",${around("[1,2,3]").slice(1)}`],
		["data 1,000 deep", around("[".repeat(1000) + "]".repeat(1000))],
		["an unknown member 1,000 deep", `{"x":${"[".repeat(1000)}${"]".repeat(1000)},${around("[1,2,3]").slice(1)}`],
		["more after the request", `${around("[1,2,3]")}{}`],
		["nothing", ""],
		["text", "hello"],
		["a list", "[]"],
	])("case 19: 400 for %s", (_name, text) => {
		expect(status(() => mixed().infer("mixed", text))).toBe(400);
	});

	test("the greatest and the least of each datatype", () => {
		const { json } = mixed().infer("mixed", {
			inputs: [
				{ ...integers, data: [2147483647, -2147483648, 1, 0] },
				{ ...floats, data: [3.4028234663852886e38, -3.4028235e38, 0] },
			],
		});
		expect(json.outputs[1].data).toEqual([true, false, false]);
	});

	test("INT64 carries what a double holds exactly, and no more", () => {
		const bench = new Bench(() =>
			new FunctionEngine({
				inputs: [{ name: "x", datatype: "INT64", shape: [3] }],
				outputs: [{ name: "y", datatype: "INT64", shape: [3] }],
				run([x], [y]) {
					for (let i = 0; i < 3; i++) y!.setBigInt64(8 * i, -x!.getBigInt64(8 * i, true), true);
				},
			}).withCard({ name: "wide", version: "1" }),
		);
		const request = (data: unknown[]) => ({ inputs: [{ name: "x", datatype: "INT64", shape: [3], data }] });
		const greatest = Number.MAX_SAFE_INTEGER;
		expect(bench.infer("wide", request([greatest, -greatest, -1])).json.outputs[0].data).toEqual([
			-greatest,
			greatest,
			1,
		]);
		expect(
			status(() => bench.infer("wide", JSON.stringify(request([1, 2, 3])).replace("3]}", "9007199254740993]}"))),
		).toBe(400);
	});

	test("413 for more JSON than 8 KB", () => {
		const text = JSON.stringify({ inputs: [{ ...input, data: values }], pad: "x".repeat(8192) });
		expect(status(() => gesture().infer("gesture", text))).toBe(413);
	});

	test("500 when an output has no JSON form; binary carries it", () => {
		const bench = new Bench(() =>
			new FunctionEngine({
				inputs: [{ name: "x", datatype: "INT8", shape: [1] }],
				outputs: [{ name: "y", datatype: "FP32", shape: [1] }],
				run: ([x], [y]) => y!.setFloat32(0, x!.getInt8(0) < 0 ? Number.NaN : 1, true),
			}).withCard({ name: "nan", version: "1" }),
		);
		const request = { inputs: [{ name: "x", datatype: "INT8", shape: [1], data: [-1] }] };
		expect(status(() => bench.infer("nan", request))).toBe(500);
		expect(bench.infer("nan", { ...request, parameters: { binary_data_output: true } }).binary.readFloatLE()).toBeNaN();
	});
});

describe("binary tensors", () => {
	const binaryInput = { ...input, parameters: { binary_data_size: bytes.length } };

	test("an input, and an output on request", () => {
		const { json, binary, headers } = gesture().infer(
			"gesture",
			{ inputs: [binaryInput], outputs: [{ name: "probabilities", parameters: { binary_data: true } }] },
			bytes,
		);
		expect(headers["content-type"]).toBe("application/octet-stream");
		expect(json.outputs).toEqual([
			{ name: "probabilities", datatype: "FP32", shape: [1, 3], parameters: { binary_data_size: 12 } },
		]);
		expect([0, 4, 8].map((at) => binary.readFloatLE(at))).toEqual(expected);
	});

	test("binary_data_output is the default of each output, which may differ", () => {
		const request = { parameters: { binary_data_output: true }, inputs: [integers, floats] };
		const all = mixed().infer("mixed", request);
		expect(all.binary).toHaveLength(7);
		const one = mixed().infer("mixed", {
			...request,
			outputs: [{ name: "flags", parameters: { binary_data: false } }, { name: "sum" }],
		});
		expect(one.json.outputs[0].data).toEqual([true, false, true]);
		expect(one.binary.readFloatLE()).toBe(1002.25);
	});

	test("tensors follow in the order of the inputs, JSON and binary mixed", () => {
		const request = {
			inputs: [
				{ ...floats, data: undefined, parameters: { binary_data_size: 12 } },
				{ ...integers, data: undefined, parameters: { binary_data_size: 16 } },
			],
		};
		const tensors = Buffer.concat([
			Buffer.from(Float32Array.from(floats.data).buffer),
			Buffer.from(Int32Array.from(integers.data).buffer),
		]);
		expect(mixed().infer("mixed", request, tensors).json.outputs[0].data).toEqual([1002.25]);
		const half = { inputs: [integers, request.inputs[0]!] };
		expect(mixed().infer("mixed", half, tensors.subarray(0, 12)).json.outputs[0].data).toEqual([1002.25]);
	});

	test.each<[string, () => unknown]>([
		[
			"binary_data_size below the shape's",
			() => gesture().infer("gesture", { inputs: [{ ...input, parameters: { binary_data_size: 1426 } }] }, bytes),
		],
		[
			"binary_data_size above the shape's",
			() => gesture().infer("gesture", { inputs: [{ ...input, parameters: { binary_data_size: 1430 } }] }, bytes),
		],
		[
			"a negative binary_data_size",
			() => gesture().infer("gesture", { inputs: [{ ...input, parameters: { binary_data_size: -1 } }] }, bytes),
		],
		[
			"binary_data_size of 2^63",
			() =>
				gesture().infer(
					"gesture",
					`{"inputs":[{"name":"window","datatype":"INT16","shape":[1,119,6],"parameters":{"binary_data_size":9223372036854775808}}]}`,
					bytes,
				),
		],
		["a body that ends early", () => gesture().infer("gesture", { inputs: [binaryInput] }, bytes.subarray(0, 1427))],
		["a body that goes on", () => gesture().infer("gesture", { inputs: [binaryInput] }, new Uint8Array(1429))],
		["tensors that no input claims", () => mixed().infer("mixed", { inputs: [integers, floats] }, new Uint8Array(4))],
		[
			"an inference header beyond the body",
			() => gesture().infer("gesture", {}, undefined, { "inference-header-content-length": "3" }),
		],
		[
			"an inference header of 2^64",
			() => gesture().infer("gesture", {}, undefined, { "inference-header-content-length": "18446744073709551616" }),
		],
		[
			"a negative inference header",
			() => gesture().infer("gesture", {}, undefined, { "inference-header-content-length": "-1" }),
		],
		[
			"an empty inference header",
			() => gesture().infer("gesture", {}, undefined, { "inference-header-content-length": "" }),
		],
		[
			"an inference header within the JSON",
			() =>
				gesture().infer("gesture", { inputs: [{ ...input, data: values }] }, undefined, {
					"inference-header-content-length": "10",
				}),
		],
		["a raw tensor too short", () => gesture().raw(bytes.subarray(1))],
		["a raw tensor too long", () => gesture().raw(new Uint8Array(1429))],
		["an empty raw tensor", () => gesture().raw(new Uint8Array(0))],
	])("case 21: 400 for %s", (_name, action) => {
		expect(status(action)).toBe(400);
	});

	test("case 21: 400 for BYTES whose length is beyond the end", () => {
		const tensor = Buffer.from([255, 255, 255, 255, 65]);
		const request = {
			inputs: [{ name: "window", datatype: "BYTES", shape: [1], parameters: { binary_data_size: 5 } }],
		};
		expect(status(() => gesture().infer("gesture", request, tensor))).toBe(400);
	});

	test("case 21: a raw request has one tensor as its body and all outputs in binary form", () => {
		const { json, binary, headers } = gesture().raw(bytes);
		expect(headers["content-type"]).toBe("application/octet-stream");
		expect(json).toEqual({
			model_name: "gesture",
			model_version: "1.0.0",
			outputs: [{ name: "probabilities", datatype: "FP32", shape: [1, 3], parameters: { binary_data_size: 12 } }],
		});
		expect([0, 4, 8].map((at) => binary.readFloatLE(at))).toEqual(expected);
	});

	test("case 21: 400 for a raw request to a model with two inputs", () => {
		const { routes } = mixed();
		const error = refusal(() =>
			call(routes, "POST", "/v2/models/mixed/infer", {
				scope: "infer",
				body: new Uint8Array(28),
				headers: { "inference-header-content-length": "0" },
			}),
		);
		expect(error.status).toBe(400);
	});

	test("an answer stays as it was while the next is made", () => {
		const { routes } = gesture();
		const options = { scope: "infer", headers: { "inference-header-content-length": "0" } } as const;
		const first = call(routes, "POST", "/v2/models/gesture/infer", { ...options, body: bytes });
		const kept = read(first).binary.toString("hex");
		call(routes, "POST", "/v2/models/gesture/infer", { ...options, body: new Uint8Array(1428) });
		expect(read(first).binary.toString("hex")).toBe(kept);
	});
});

describe("classification", () => {
	const request = (n: number, binary = false) => ({
		inputs: [{ ...input, data: values }],
		outputs: [{ name: "probabilities", parameters: { classification: n, binary_data: binary } }],
	});

	test("value:index:label, best first, of equal ones the first", () => {
		const { json } = gesture().infer("gesture", request(2));
		expect(json.outputs).toEqual([
			{ name: "probabilities", datatype: "BYTES", shape: [1, 2], data: ["0.428571:0:left", "0.428571:2:other"] },
		]);
	});

	test("no more classes than there are", () => {
		expect(gesture().infer("gesture", request(99)).json.outputs[0].shape).toEqual([1, 3]);
	});

	test("as BYTES in binary form", () => {
		const { json, binary } = gesture().infer("gesture", request(1, true));
		expect(json.outputs[0].parameters.binary_data_size).toBe(binary.length);
		expect(binary.readUInt32LE()).toBe(binary.length - 4);
		expect(binary.subarray(4).toString()).toBe("0.428571:0:left");
	});

	test("without labels the index stands alone", () => {
		const { json } = mixed().infer("mixed", {
			inputs: [integers, floats],
			outputs: [{ name: "sum", parameters: { classification: 1 } }],
		});
		expect(json.outputs[0].data).toEqual(["1002.250000:0"]);
	});
});

describe("statistics", () => {
	test("counts and times of successes and failures", () => {
		const bench = gesture();
		expect(bench.get("/v2/models/gesture/stats").json.model_stats[0]).toMatchObject({
			inference_count: 0,
			last_inference: 0,
			batch_stats: [],
		});
		bench.raw(bytes);
		bench.infer("gesture", { inputs: [{ ...input, data: values }] });
		expect(status(() => bench.raw(bytes.subarray(1)))).toBe(400);
		for (const path of ["/v2/models/stats", "/v2/models/gesture/stats", "/v2/models/gesture/versions/1.0.0/stats"])
			expect(bench.get(path).json).toMatchObject({
				model_stats: [
					{
						name: "gesture",
						version: "1.0.0",
						last_inference: 1_700_000_000_000,
						inference_count: 2,
						execution_count: 2,
						inference_stats: {
							success: { count: 2, ns: 60_000 },
							fail: { count: 1, ns: 10_000 },
							queue: { count: 2, ns: 0 },
							compute_input: { count: 2, ns: 20_000 },
							compute_infer: { count: 2, ns: 20_000 },
							compute_output: { count: 2, ns: 20_000 },
							cache_hit: { count: 0, ns: 0 },
							cache_miss: { count: 0, ns: 0 },
						},
						batch_stats: [{ batch_size: 1, compute_infer: { count: 2, ns: 20_000 } }],
					},
				],
			});
	});
});

describe("windows of devices", () => {
	test("a window is classified, published before it is answered, shown, and kept as the device's result", () => {
		const bench = gesture();
		bench.device.window = 17;
		const { headers, binary, json } = bench.send(bytes);
		const result = {
			id: "w-1:17",
			device: "w-1",
			window: 17,
			model: "gesture",
			version: "1.0.0",
			label: "left",
			confidence: expected[0],
			probabilities: Float32Array.from(expected),
			time: 1_700_000_000_000,
		};
		expect(bench.published).toEqual([result]);
		expect(bench.device.result).toEqual(result);
		expect(bench.shown).toEqual([{ result, window: bytes }]);
		expect(headers["tmlaas-result"]).toBe("left;0.429");
		expect(json.model_name).toBe("gesture");
		expect([0, 4, 8].map((at) => binary.readFloatLE(at))).toEqual(expected);
	});

	test("a repeated window is answered from the stored result and published once", () => {
		const bench = gesture();
		const first = bench.send(bytes);
		expect(bench.send(bytes)).toEqual(first);
		expect(bench.published).toHaveLength(1);
		expect(bench.shown).toHaveLength(1);
		bench.device.window = 2;
		bench.send(bytes);
		expect(bench.published.map(({ id }) => id)).toEqual(["w-1:1", "w-1:2"]);
	});

	test("a full outbox: 503 with Retry-After, and the window is new when it comes again", () => {
		const bench = gesture();
		bench.outboxFull = true;
		const error = refusal(() => bench.send(bytes));
		expect(error.status).toBe(503);
		expect(error.headers).toHaveProperty("retry-after");
		expect(bench.device.result).toBeUndefined();
		expect(bench.shown).toEqual([]);
		bench.outboxFull = false;
		bench.send(bytes);
		expect(bench.published).toHaveLength(1);
	});

	test("a stranger is refused ahead of all else", () => {
		const bench = gesture();
		for (const model of ["gesture", "other"])
			expect(
				status(() =>
					call(bench.routes, "POST", `/v2/models/${model}/infer`, {
						headers: { "tmlaas-device": "nobody" },
						body: "{}",
					}),
				),
			).toBe(401);
		expect(bench.published).toEqual([]);
	});

	test("a window of another length: 400, nothing published", () => {
		const bench = gesture();
		expect(status(() => bench.send(bytes.subarray(2)))).toBe(400);
		expect(bench.published).toEqual([]);
	});

	test("a signed request that is not raw: 400", () => {
		const bench = gesture();
		const error = refusal(() =>
			call(bench.routes, "POST", "/v2/models/gesture/infer", {
				headers: { "tmlaas-device": "w-1" },
				body: encodeText(JSON.stringify({ inputs: [{ ...input, data: values }] })),
			}),
		);
		expect(error.status).toBe(400);
	});

	test("labels are percent-encoded in the header; a quantised output gives the stored bytes again", () => {
		const bench = new Bench(() =>
			new FunctionEngine({
				inputs: [{ name: "x", datatype: "INT8", shape: [2] }],
				outputs: [{ name: "y", datatype: "INT8", shape: [1, 2], scale: 1 / 256, zeroPoint: -128 }],
				run([x], [y]) {
					y!.setInt8(0, x!.getInt8(0));
					y!.setInt8(1, x!.getInt8(1));
				},
			}).withCard({ name: "gesture", version: "1", labels: ["säen;", "b\r\n".trim()] }),
		);
		const first = bench.send(Uint8Array.from([100, -100]));
		expect(first.headers["tmlaas-result"]).toBe("s%C3%A4en%3B;0.891");
		expect([...first.binary]).toEqual([100, 156]);
		expect([...(bench.published[0]!.probabilities as Float32Array)]).toEqual([228 / 256, 28 / 256]);
		expect(bench.send(Uint8Array.from([100, -100]))).toEqual(first);
	});
});
