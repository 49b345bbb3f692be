/** Characters are 5 by 7 dots, in cells 6 wide and 8 high. */
export const Cell = Object.freeze({ width: 6, height: 8 } as const);

const glyphWidth = 5;
const first = 0x20;
const last = 0x7e;

/** ASCII 0x20 to 0x7E: five columns each, left to right, as two hexadecimal digits with the top dot in bit 0. */
const columns =
	"0000000000" +
	"00005f0000" +
	"0003000300" +
	"143e143e14" +
	"242a7f2a12" +
	"2313086462" +
	"3649552250" +
	"0000030000" +
	"001c224100" +
	"0041221c00" +
	"14083e0814" +
	"08083e0808" +
	"0050300000" +
	"0808080808" +
	"0060600000" +
	"2010080402" +
	"3e4149413e" +
	"00427f4000" +
	"6251494946" +
	"2241494936" +
	"1814127f10" +
	"2745454539" +
	"3e49494932" +
	"0161190703" +
	"3649494936" +
	"264949493e" +
	"0036360000" +
	"0056360000" +
	"0814224100" +
	"1414141414" +
	"0041221408" +
	"0201510906" +
	"3e415d551e" +
	"7e0909097e" +
	"7f49494936" +
	"3e41414122" +
	"7f4141413e" +
	"7f49494941" +
	"7f09090901" +
	"3e4149493a" +
	"7f0808087f" +
	"00417f4100" +
	"304040403f" +
	"7f08142241" +
	"7f40404040" +
	"7f020c027f" +
	"7f0408107f" +
	"3e4141413e" +
	"7f09090906" +
	"3e4151215e" +
	"7f09192946" +
	"2649494932" +
	"01017f0101" +
	"3f4040403f" +
	"0f3040300f" +
	"3f4038403f" +
	"6314081463" +
	"0304780403" +
	"6151494543" +
	"007f414100" +
	"0204081020" +
	"0041417f00" +
	"0402010204" +
	"4040404040" +
	"0001020000" +
	"2054545478" +
	"7f44444438" +
	"3844444428" +
	"384444447f" +
	"3854545458" +
	"00087e0902" +
	"0c5252523e" +
	"7f08040478" +
	"00447d4000" +
	"2040443d00" +
	"7f10284400" +
	"00417f4000" +
	"7c04780478" +
	"7c08040478" +
	"3844444438" +
	"7c14141408" +
	"081414147c" +
	"7c08040408" +
	"4854545424" +
	"00043e4420" +
	"3c4040207c" +
	"1c2040201c" +
	"3c4030403c" +
	"4428102844" +
	"0c5050503c" +
	"4464544c44" +
	"0008364100" +
	"00007f0000" +
	"0041360800" +
	"0804081008";

/** Column `x` (0 to 5) of a character, the top dot in bit 0; a character that the font lacks shows as a question mark. */
export function glyphColumn(code: number, x: number): number {
	if (x >= glyphWidth) return 0;
	const known = code >= first && code <= last ? code : 0x3f;
	const at = 2 * ((known - first) * glyphWidth + x);
	return (digit(columns.charCodeAt(at)) << 4) | digit(columns.charCodeAt(at + 1));
}

function digit(code: number): number {
	return code < 0x3a ? code - 0x30 : code - 0x57;
}
