#include "sigmoid.h"

#include "../bytes.h"
#include "../fixed_point.h"

/* logistic(i / 24) in 1 / 65536, as TensorFlow Lite's kernels round it */
static const uint16_t table[256] = {32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149,
    40794, 41432, 42064, 42688, 43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475,
    49975, 50464, 50942, 51409, 51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174,
    56503, 56823, 57133, 57433, 57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370,
    60565, 60753, 60935, 61110, 61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778,
    62886, 62990, 63090, 63186, 63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090,
    64148, 64204, 64257, 64308, 64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786,
    64816, 64845, 64873, 64900, 64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149,
    65164, 65179, 65194, 65208, 65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337,
    65345, 65352, 65360, 65367, 65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433,
    65438, 65442, 65445, 65449, 65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483,
    65485, 65488, 65489, 65491, 65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509,
    65510, 65511, 65512, 65513, 65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522,
    65523, 65523, 65524, 65524, 65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529,
    65529, 65529, 65530, 65530, 65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532,
    65532, 65533, 65533, 65533, 65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534,
    65534, 65534, 65534, 65535};

static uint32_t entry(uint32_t index) {
	return bytes_u16(&table[index]);
}

/* Whether a scale is 2^power, give or take a thousandth of the exponent: 5816 steps above, 11625 finer ones below. */
static int is_power(float scale, int32_t power) {
	int32_t bits;
	memcpy(&bits, &scale, sizeof bits);
	bits -= (127 + power) * (1 << 23);
	return bits >= -11625 && bits <= 5816;
}

int sigmoid_is_output_scale(float scale) {
	return is_power(scale, -15);
}

sigmoid_scale sigmoid_scale_of(float scale, int32_t doublings) {
	sigmoid_scale result = {0, 0};
	for (int32_t i = 0; i <= doublings; i++) {
		if (is_power(scale, i - 12)) {
			result.multiplier = 3 << i;
			return result;
		}
	}
	fixed_scale exact = fixed_from_scales(scale, 3 * 4096, 1);
	if (exact.shift <= 15) {
		/* as many bits as fit 15, none above 32767, and a shift of at most 31 */
		int32_t excess = exact.multiplier > 32767 << 16 && exact.shift < 15 ? 17 : 16;
		excess = excess < -exact.shift ? -exact.shift : excess;
		result.multiplier = excess < 31 ? exact.multiplier >> excess : 0;
		result.shift = 31 - excess - exact.shift;
	}
	return result;
}

int32_t sigmoid_rescale(int32_t value, const sigmoid_scale *scale) {
	int32_t half = scale->shift > 0 ? (int32_t)1 << (scale->shift - 1) : 0;
	return (value * scale->multiplier + half) >> scale->shift;
}

/* The table at x / 2^bits, x at least 0, in 1 / 2^(16 + bits); `highest` beyond its end. */
static int32_t interpolated(uint32_t x, uint32_t bits, int32_t highest) {
	uint32_t index = x >> bits;
	if (index >= 255) {
		return highest;
	}
	uint32_t low = entry(index);
	return (int32_t)((low << bits) + (x & ((1u << bits) - 1)) * (entry(index + 1) - low));
}

int32_t sigmoid_logistic(int32_t x) {
	int32_t result = interpolated((uint32_t)(x < 0 ? -x : x), 9, 0x7FFF << 10);
	return (x >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1) >> 10;
}

int32_t sigmoid_tanh(int32_t x) {
	/* tanh(x) = 2 logistic(2 x) - 1 */
	int32_t result = interpolated((uint32_t)(x < 0 ? -x : x), 8, 0xFFFF << 8) - (1 << 23);
	return (x >= 0 ? result + (1 << 7) : (1 << 7) - 1 - result) >> 8;
}
