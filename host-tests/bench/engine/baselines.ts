/**
 * What others take for the same models, and what the engine is meant to take.
 *
 * TensorFlow Lite Micro of August 2026 with its own release flags and gcc 12.2 (Debian's, for Xtensa too): core at -Os,
 * kernels at -O2, its default; on x86-64 all at -O2; linked sizes all at -Os. Counted as here: Xtensa under QEMU,
 * x86-64 with callgrind. Random weights of the same shapes; `arena` is on 32-bit processors and its 688 bytes of static
 * memory come on top. Trees: what emlearn's C takes for one prediction; the others: micromlgen's C++. Both compile the
 * model into the program, and three of micromlgen's generators give wrong classes.
 */
import type { Name } from "./build";

export type Counts = Partial<Record<Name, number>>;

export interface Baseline extends Counts {
	/** Whose figures: TensorFlow Lite Micro's when it is not said. */
	peer?: string;
	arena?: number;
}

const tflm = (lx106: number, esp32: number, x86: number, arena: number): Baseline => ({ lx106, esp32, x86, arena });
const peer = (name: string, lx106: number, esp32: number, x86: number): Baseline => ({ peer: name, lx106, esp32, x86 });

/** Instructions of one inference. */
export const baselines: Record<string, Baseline> = {
	gest20_float32: tflm(1_488_599, 75_295, 89_097, 3_656),
	gest20_int8: tflm(196_954, 179_299, 134_720, 1_500),
	gest20_channels_int8: tflm(182_611, 164_956, 120_260, 1_756),
	gest20_float_io_int8: tflm(355_569, 227_683, 161_532, 4_440),
	gest18_float32: tflm(1_346_740, 67_868, 80_229, 3_656),
	gest18_int8: tflm(177_406, 161_409, 121_292, 1_500),
	gest16_float32: tflm(1_192_381, 60_478, 71_385, 3_640),
	gest16_int8: tflm(157_917, 143_568, 107_907, 1_484),
	gest14_float32: tflm(1_046_052, 53_126, 62_565, 3_640),
	gest14_int8: tflm(138_502, 125_802, 94_544, 1_484),
	gest12_float32: tflm(895_528, 45_759, 53_769, 3_624),
	gest12_int8: tflm(119_083, 108_042, 81_221, 1_484),
	gest10_float32: tflm(747_993, 38_432, 44_997, 3_624),
	gest10_int8: tflm(99_765, 90_367, 67_941, 1_484),
	gest8_float32: tflm(595_017, 31_122, 36_249, 3_608),
	gest8_int8: tflm(80_463, 72_713, 54_695, 1_484),
	gest6_float32: tflm(447_573, 23_851, 27_525, 3_608),
	gest6_int8: tflm(61_227, 55_110, 41_484, 1_484),
	mnist56_float32: tflm(479_974, 28_882, 31_686, 1_240),
	mnist56_int8: tflm(99_091, 73_827, 55_085, 924),
	mnist56_channels_int8: tflm(94_799, 69_547, 50_580, 1_596),
	mnist48_float32: tflm(401_138, 25_415, 27_670, 1_208),
	mnist48_int8: tflm(89_495, 65_433, 48_741, 908),
	mnist40_float32: tflm(348_896, 22_134, 23_654, 1_176),
	mnist40_int8: tflm(79_874, 56_951, 42_369, 908),
	mnist32_float32: tflm(283_800, 18_665, 19_638, 1_144),
	mnist32_int8: tflm(70_371, 48_552, 36_015, 892),
	gesture_tree: peer("emlearn", 38, 35, 18),
	gesture_forest10: peer("emlearn", 245, 247, 118),
	gesture_forest100: peer("emlearn", 2_242, 2_333, 1_106),
	gesture_logistic: peer("micromlgen, wrong", 95_911, 32_541, 10_028),
	gesture_bayes: peer("micromlgen, wrong", 2_126_272, 260_882, 80_043),
	gesture_svm_linear: peer("micromlgen", 10_273_486, 7_973_237, 773_930),
	gesture_svm_rbf: peer("micromlgen", 20_325_845, 16_335_439, 1_263_983),
	digits_tree: peer("emlearn", 134, 143, 106),
	digits_forest10: peer("emlearn", 449, 466, 347),
	digits_logistic: peer("micromlgen", 76_659, 29_262, 9_263),
	digits_bayes: peer("micromlgen, wrong", 943_745, 115_307, 36_167),
	digits_svm_linear: peer("micromlgen", 4_226_835, 3_474_322, 414_722),
	digits_svm_rbf: peer("micromlgen", 16_502_324, 13_527_855, 1_208_275),
};

/** Bytes of code with the C library's and the compiler's functions, without constants; ours are counted with those. */
export const sizeBaselines: Record<string, Counts> = {
	"FULLY_CONNECTED, LOGISTIC: int8": { lx106: 29_604, x86: 23_774 },
	"FULLY_CONNECTED, LOGISTIC: all types": { lx106: 29_604, x86: 23_774 },
	"FULLY_CONNECTED, SOFTMAX: int8": { lx106: 30_992, x86: 26_118 },
	"FULLY_CONNECTED, SOFTMAX: all types": { lx106: 30_992, x86: 26_118 },
};
