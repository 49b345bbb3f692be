import { describe, expect, it } from "vitest";
import { microcontroller, microcontrollers } from "../../../../tools/training/fit/catalogue";
import { type ModelFacts, readFacts } from "../../../../tools/training/fit/facts";
import { estimateSeconds, fitAll, fitOn } from "../../../../tools/training/fit/fit";
import { activePower, plotFits } from "../../../../tools/training/fit/plot";
import { adviceLines, boardLines, factLines, fitTable } from "../../../../tools/training/fit/table";
import type { FileSubgraph, FileTensor, ModelFile } from "../../../../tools/training/tflite/reader";

/** The gesture network as it was measured: native/engine/README.md, gest20_int8. */
const gesture: ModelFacts = {
	fileBytes: 29_088,
	metadataBytes: 12_100,
	codeBytes: 12_475,
	arena: 736,
	state: 248,
	work: 272,
	stack: 1_536,
	inputBytes: 1_428,
	floatInput: false,
	channelScales: 0,
	layers: [
		{ kind: "FULLY_CONNECTED", bytes: 14_360, floatBytes: 0, units: 20 },
		{ kind: "FULLY_CONNECTED", bytes: 240, floatBytes: 0, units: 10 },
	],
	instructions: { "Xtensa LX106": 67_301, "Xtensa LX6": 35_883 },
};

describe("fit", () => {
	it("says how much is left", () => {
		const { fits, ram, flash, advice } = fitOn(gesture, microcontroller("stm32f103"));
		expect(fits).toBe(true);
		expect(advice).toEqual([]);
		expect(ram).toEqual({ needed: 736 + 248 + 272 + 1536, available: 20_480 });
		expect(flash).toEqual({ needed: 29_088 + 12_475, available: 65_536 });
	});

	it("estimates time and energy from counted instructions alone", () => {
		// 67,301 · 1.4 cycles at 160 MHz; 15 mA at 80 MHz are 30 mA at 160 MHz, at 3.3 V.
		const { seconds, joules } = fitOn(gesture, microcontroller("esp8266"));
		expect(seconds).toBeCloseTo((67_301 * 1.4) / 160e6, 9);
		expect(joules).toBeCloseTo(seconds! * 0.03 * 3.3, 12);
		expect(estimateSeconds(gesture, microcontroller("esp32-s3"))).toBeCloseTo((35_883 * 1.4) / 240e6, 9);
		expect(estimateSeconds(gesture, microcontroller("stm32f411"))).toBeUndefined();
		expect(fitOn(gesture, microcontroller("rp2040"))).not.toHaveProperty("joules");
		const { instructions, ...uncounted } = gesture;
		expect(estimateSeconds(uncounted, microcontroller("esp8266"))).toBeUndefined();
	});

	it("has the smallest that suffices first and the hopeless last", () => {
		const fits = fitAll(gesture);
		expect(fits).toHaveLength(microcontrollers.length);
		expect(fits[0]!.microcontroller.id).toBe("stm32f103");
		const verdicts = fits.map((one) => one.fits);
		expect(verdicts).toEqual([...verdicts].sort((a, b) => Number(b) - Number(a)));
		expect(fits.filter((one) => !one.fits).map(({ microcontroller: { id } }) => id)).toEqual(
			expect.arrayContaining(["atmega328p", "atmega2560", "msp430fr5994", "ch32v003"]),
		);
	});

	it("refuses processors that the engine does not run on", () => {
		const { fits, advice } = fitOn({ ...gesture, fileBytes: 100, codeBytes: 100 }, microcontroller("atmega2560"));
		expect(fits).toBe(false);
		expect(advice).toEqual([expect.stringMatching(/32 bits/)]);
	});
});

describe("advice", () => {
	it("names layers, and units fewer that are enough", () => {
		const small = { ...microcontroller("stm32f103"), flash: { bytes: 36_000 } };
		const { advice } = fitOn(gesture, small);
		expect(advice[0]).toBe("5.4 KiB of flash too much");
		expect(advice).toContainEqual(expect.stringMatching(/golden rows take 11\.8 KiB.*enough/));
		// 5,563 bytes over, 718 for each unit: 8 units fewer.
		expect(advice).toContainEqual(
			"FULLY_CONNECTED is 98 % of the constants: 12 instead of 20 units save 5.6 KiB, which is enough",
		);
	});

	it("says how much may stay where one layer is not enough, and when nothing helps", () => {
		const board = microcontroller("stm32f103");
		const needed = gesture.fileBytes + gesture.codeBytes!;
		const lines = (flash: number) => fitOn(gesture, { ...board, flash: { bytes: flash } }).advice;
		// Of 14,600 bytes of constants 14,400 are too much, which the first layer's 14,360 do not hold.
		expect(lines(needed - 14_400)).toContainEqual("all layers together may keep 1 % of their 14.3 KiB of constants");
		expect(lines(16_000)).toContainEqual("even without its 14.3 KiB of constants it would not fit");
	});

	it("asks for narrower layers and fewer scales where these fill the memory", () => {
		const wide: ModelFacts = { ...gesture, arena: 50_000, state: 9_000, channelScales: 1_000 };
		const { advice } = fitOn(wide, { ...microcontroller("stm32f103"), ram: { bytes: 55_000 } });
		expect(advice).toContainEqual(expect.stringMatching(/^the arena holds the results of the widest layers/));
		expect(advice).toContainEqual(expect.stringMatching(/one a channel saves 7\.8 KiB, which is enough$/));
	});

	it("asks for int8 where weights are floats, and for smaller rows where they fill the arena", () => {
		const float: ModelFacts = {
			...gesture,
			fileBytes: 70_000,
			arena: 6_000,
			inputBytes: 2_856,
			floatInput: true,
			layers: [{ kind: "FULLY_CONNECTED", bytes: 57_440, floatBytes: 57_440, units: 20 }],
		};
		const board = { ...microcontroller("stm32f103"), ram: { bytes: 7_000 } };
		const { advice } = fitOn(float, board);
		expect(advice).toContainEqual("int8 weights instead of float32 save 42.1 KiB, which is enough");
		expect(advice).toContainEqual(expect.stringMatching(/^1\.0 KiB of RAM too much: arena 6,000/));
		expect(advice).toContainEqual("int16 rows instead of float32 save at least 1.4 KiB, which is enough");
		expect(advice).toContainEqual(expect.stringMatching(/^half the window saves at least 1\.4 KiB/));
	});
});

describe("picture", () => {
	it("shows each microcontroller whose power is known, filled where the model fits", () => {
		const fits = fitAll(gesture);
		const known = fits.filter(({ microcontroller }) => microcontroller.current);
		const svg = plotFits(fits, "Where <it> fits");
		expect(svg.match(/<circle class="yes"/g)).toHaveLength(known.filter((one) => one.fits).length);
		expect(svg.match(/<circle class="no"/g)).toHaveLength(known.filter((one) => !one.fits).length);
		for (const { microcontroller } of known) expect(svg).toContain(`>${microcontroller.name}</text>`);
		expect(svg).toContain("the model needs 2.7 KiB");
		expect(svg).toContain("Where &#60;it&#62; fits");
		expect(svg).not.toMatch(/NaN|Infinity|undefined/);
	});

	it("takes power at the full clock", () => {
		expect(activePower(microcontroller("esp8266"))).toBeCloseTo(0.015 * 3.3 * 2, 9);
		expect(activePower(microcontroller("rp2040"))).toBeUndefined();
	});
});

describe("facts", () => {
	const tensor = (type: string, shape: number[], bytes?: number): FileTensor => ({
		name: "",
		type,
		shape,
		...(bytes !== undefined && { data: new Uint8Array(bytes) }),
		isVariable: false,
		isSparse: false,
		isExternal: false,
	});
	const operator = (kind: string, inputs: number[]) => ({
		kind,
		version: 1,
		inputs,
		outputs: [],
		intermediates: [],
		hasUnknownOptions: false,
	});
	const graph: FileSubgraph = {
		name: "",
		tensors: [
			tensor("INT16", [1, 119, 6]),
			{
				...tensor("INT8", [20, 714], 14_280),
				quantization: { scales: Array(20).fill(0.1), zeroPoints: Array(20).fill(0), dimension: 0, hasDetails: false },
			},
			tensor("INT32", [20], 80),
			tensor("FLOAT32", [3, 20], 240),
		],
		operators: [
			operator("QUANTIZE", [0]),
			operator("FULLY_CONNECTED", [0, 1, 2]),
			operator("FULLY_CONNECTED", [0, 3, -1]),
			operator("ADD", [0, 3]),
			{ ...operator("CUSTOM", [0]), customCode: "TMLAAS_TREES", customOptions: new Uint8Array(500) },
		],
		inputs: [0],
		outputs: [],
	};
	const model = {
		description: "",
		subgraphs: [graph],
		metadata: [{ name: "TMLAAS_CARD", data: new Uint8Array(900) }],
		signatures: [],
	} as unknown as ModelFile;

	it("count each constant once and know units", () => {
		expect(readFacts(model)).toEqual({
			metadataBytes: 900,
			inputBytes: 1428,
			floatInput: false,
			channelScales: 20,
			layers: [
				{ kind: "FULLY_CONNECTED", bytes: 14_360, floatBytes: 0, units: 20 },
				{ kind: "FULLY_CONNECTED", bytes: 240, floatBytes: 240, units: 3 },
				{ kind: "TMLAAS_TREES", bytes: 500, floatBytes: 0 },
			],
		});
	});
});

describe("text", () => {
	it("holds a line for each microcontroller and the reasons below", () => {
		const fits = fitAll(gesture);
		const table = fitTable(fits);
		expect(table).toHaveLength(microcontrollers.length + 1);
		expect(table[0]).toMatch(/^ +microcontroller +core +MHz +RAM +spare +flash +spare +time\* +energy\*$/);
		expect(table.find((line) => line.includes("ESP8266EX"))).toMatch(/^yes +ESP8266EX .*589 µs +58\.3 µJ$/);
		expect(adviceLines(fits).join("\n")).toMatch(/ATmega328P: the engine needs a processor of 32 bits/);
		expect(factLines(gesture).join("\n")).toMatch(/RAM +2\.7 KiB.*\nflash +40\.6 KiB: model 29,088, code 12,475/);
		const { instructions, ...uncounted } = gesture;
		expect(fitTable(fitAll(uncounted))[0]).not.toMatch(/time/);
	});

	it("tells all of one board, with the documents", () => {
		const lines = boardLines(fitOn(gesture, microcontroller("esp8266"))).join("\n");
		expect(lines).toMatch(/^ESP8266EX: fits/);
		expect(lines).toMatch(/estimated from 15 mA at 80 MHz/);
		expect(lines).toMatch(/ESP8266EX Datasheet/);
		expect(boardLines(fitOn(gesture, microcontroller("k210"))).join("\n")).toMatch(/not estimated: no instructions/);
	});
});
