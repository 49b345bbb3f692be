import { describe, expect, it } from "vitest";
import { cardEntry } from "../../../../tools/training/card";
import { goldenEntry } from "../../../../tools/training/goldens";
import { customOptionWords } from "../../../../tools/training/tflite/custom-options";
import { describeModel } from "../../../../tools/training/tflite/describe";
import { readModel } from "../../../../tools/training/tflite/reader";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { convolutional, tree } from "./graphs";

const card = JSON.stringify({
	name: "strokes",
	labels: ["left", "right"],
	input: { window: 8 },
	metrics: { accuracy: 0.98 },
});
const metadata = [
	{ name: cardEntry, data: new TextEncoder().encode(card) },
	{ name: goldenEntry, data: Uint8Array.of(8, 0, 0, 0) },
];

describe("the options of this engine's own operators", () => {
	const words = (name: string, ...bytes: number[]) => customOptionWords(name, Uint8Array.from(bytes));

	it("are said in words", () => {
		expect(words("TMLAAS_TREES", 1, 1, 0, 0, 0, 0, 0, 0x3f)).toBe("narrow nodes, each leaf a vote, scale 0.5");
		expect(words("TMLAAS_TREES", 1, 2, 2, 0, 0xcd, 0xcc, 0xcc, 0x3d)).toBe(
			"wide nodes, each leaf a row of numbers, scale 0.1",
		);
		expect(words("TMLAAS_SVM", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).toBe("linear kernel, decisions");
		expect(words("TMLAAS_SVM", 1, 1, 1, 0, 0, 0, 0, 0x3e, 0, 0, 0, 0)).toBe(
			"radial kernel, shares of votes, gamma 0.125",
		);
		expect(words("TMLAAS_SVM", 1, 2, 0, 3, 0, 0, 0x80, 0x3f, 0, 0, 0x80, 0xbf)).toBe(
			"polynomial kernel, decisions, gamma 1, degree 3, constant −1",
		);
	});

	it("are left as they are where they are another's, or of another version", () => {
		expect(words("ethos-u", 1, 1, 0, 0, 0, 0, 0, 0)).toBeUndefined();
		expect(words("TMLAAS_TREES", 2, 1, 0, 0, 0, 0, 0, 0)).toBeUndefined();
		expect(words("TMLAAS_SVM", 1, 1)).toBeUndefined();
	});
});

describe("the description of a model", () => {
	it("is a table of what flows in, what is done and what is kept", () => {
		const bytes = writeModel({ ...convolutional(), description: "three strokes", metadata });
		expect(describeModel(readModel(bytes), bytes.length).join("\n")).toMatchInlineSnapshot(`
			"3,648 bytes: three strokes

			        name           type     shape  quantisation
			input   counts         int16    1×8×6  scale 0.000030518
			output  probabilities  float32  1×3

			    operator           version  constants  result                     options
			 0  QUANTIZE                 1          0  window int8 1×8×6
			 1  EXPAND_DIMS              1          4  image int8 1×1×8×6
			 2  CONV_2D                  3         88  conv int8 1×1×8×4          SAME, RELU
			 3  MAX_POOL_2D              2          0  pool int8 1×1×4×4          VALID, stride 1×2, filter 1×2
			 4  DEPTHWISE_CONV_2D        3         24  depthwise int8 1×1×3×4     VALID, depth multiplier 1, RELU6
			 5  AVERAGE_POOL_2D          2          0  average int8 1×1×2×4       SAME, stride 1×2, filter 1×2
			 6  SQUEEZE                  1          0  squeezed int8 1×2×4        squeeze dims 1
			 7  MEAN                     2          4  mean int8 1×4
			 8  FULLY_CONNECTED          4         24  scores int8 1×3
			 9  SOFTMAX                  2          0  shares int8 1×3            beta 1
			10  DEQUANTIZE               2          0  probabilities float32 1×3

			    tensor             type     shape    quantisation                                           constant
			 0  counts             int16    1×8×6    scale 0.000030518
			 1  window             int8     1×8×6    scale 0.0078125
			 2  axis               int32    1                                                                      4
			 3  image              int8     1×1×8×6  scale 0.0078125
			 4  conv/weights       int8     4×1×3×6  4 scales from 0.0039063 to 0.0068359, dimension 0            72
			 5  conv/bias          int32    4        4 scales from 0.000030518 to 0.000053406, dimension 0        16
			 6  conv               int8     1×1×8×4  scale 0.015625, zero point −128
			 7  pool               int8     1×1×4×4  scale 0.015625, zero point −128
			 8  depthwise/weights  int8     1×1×2×4  4 scales from 0.0039063 to 0.015625, dimension 3              8
			 9  depthwise/bias     int32    4        4 scales from 0.000061035 to 0.00024414, dimension 0         16
			10  depthwise          int8     1×1×3×4  scale 0.03125, zero point −128
			11  average            int8     1×1×2×4  scale 0.03125, zero point −128
			12  squeezed           int8     1×2×4    scale 0.03125, zero point −128
			13  axes               int32    1                                                                      4
			14  mean               int8     1×4      scale 0.025, zero point −128
			15  dense/weights      int8     3×4      3 scales from 0.01 to 0.015, dimension 0                     12
			16  dense/bias         int32    3        3 scales from 0.00025 to 0.000375, dimension 0               12
			17  scores             int8     1×3      scale 0.0625, zero point 5
			18  shares             int8     1×3      scale 0.0039063, zero point −128
			19  probabilities      float32  1×3

			metadata       bytes
			TMLAAS_CARD       93  the model's card
			TMLAAS_GOLDEN      4  8 rows that a gateway tries the model on

			card
			name              strokes
			labels            ["left","right"]
			input.window      8
			metrics.accuracy  0.98"
		`);
	});

	it("has custom operators by their names, and what is said of each", () => {
		const bytes = writeModel({ ...tree(), description: "", metadata: [] });
		expect(describeModel(readModel(bytes), bytes.length, ["missing"]).join("\n")).toMatchInlineSnapshot(`
			"544 bytes

			        name     type     shape  quantisation
			input   picture  int8     1×12   scale 0.0039216, zero point −128
			output  votes    float32  1×2

			   operator      engine   version  constants  result             options
			0  TMLAAS_TREES  missing        1         16  votes float32 1×2  narrow nodes, each leaf a vote, scale 1

			   tensor   type     shape  quantisation                      constant
			0  picture  int8     1×12   scale 0.0039216, zero point −128
			1  nodes    int32    4                                              16
			2  votes    float32  1×2"
		`);
	});

	it("says so when the card is damaged", () => {
		const damaged = { name: cardEntry, data: new TextEncoder().encode("{") };
		const bytes = writeModel({ ...tree(), description: "", metadata: [damaged] });
		expect(describeModel(readModel(bytes), bytes.length)).toContain("The card is not JSON.");
	});
});
