/**
 * What an Xtensa instruction reads, loads and where it leads, as far as a pipeline waits for it. Encodings: Cadence,
 * "Xtensa Instruction Set Architecture Reference Manual", chapter 7; registers a0 to a15 are 0 to 15, MAC16's m0 to m3
 * are 16 to 19.
 */

export interface Instruction {
	readonly length: 2 | 3;
	/** Registers whose values it needs; a field that holds a number may be among them. */
	readonly reads: readonly number[];
	/** The register that it loads from memory. */
	readonly loads?: number;
	/** The register that it multiplies into. */
	readonly multiplies?: number;
	/** It may go on elsewhere than behind itself. LOOP is none: its way back costs nothing. */
	readonly isJump: boolean;
}

const m = 16;

/** `word`: the instruction's bytes, the first one lowest; of an instruction of two bytes the third is whatever follows. */
export function decode(word: number): Instruction {
	const field = (bit: number, width = 4) => (word >> bit) & ((1 << width) - 1);
	const [op0, t, s, r, op1, op2] = [0, 4, 8, 12, 16, 20].map((bit) => field(bit)) as [
		...[number, number, number],
		...[number, number, number],
	];
	const plain = (...reads: number[]): Instruction => ({ length: op0 >= 8 ? 2 : 3, reads, isJump: false });
	const jump = (...reads: number[]): Instruction => ({ ...plain(...reads), isJump: true });
	switch (op0) {
		case 0:
			if (op1 === 0 && op2 === 0 && r === 0 && t >= 8) return jump(s); // RET, JX, CALLX
			if (op1 === 2 && op2 >= 8 && op2 < 12) return { ...plain(s, t), multiplies: r }; // MULL, MULUH, MULSH
			if (op1 === 1 && op2 >= 12 && op2 < 14) return { ...plain(s, t), multiplies: r }; // MUL16U, MUL16S
			if (op1 === 1 && op2 < 2) return plain(s); // SLLI
			if ((op1 === 1 && op2 < 5) || op1 === 4 || op1 === 5) return plain(t); // SRAI, SRLI, EXTUI
			return plain(s, t);
		case 1:
			return { ...plain(), loads: t }; // L32R
		case 2:
			if (r < 3 || r === 9) return { ...plain(s), loads: t }; // L8UI, L16UI, L32I, L16SI
			if (r >= 4 && r < 7) return plain(s, t); // S8I, S16I, S32I
			return r === 10 ? plain() : plain(s); // MOVI; ADDI, ADDMI
		case 4: {
			const [pair, x, y] = [field(12, 2), m + field(14, 1), m + 2 + field(6, 1)];
			if (op2 >= 8) return { ...plain(s), loads: m + pair }; // LDINC, LDDEC
			if (op2 < 2) return { ...plain(s, x, y), loads: m + pair }; // MULA.DD with a load
			if (op2 === 2) return plain(x, y); // .DD
			if (op2 === 3) return plain(s, y); // .AD
			if (op2 < 6) return { ...plain(s, x, t), loads: m + pair }; // MULA.DA with a load
			return op2 === 6 ? plain(x, t) : plain(s, t); // .DA, .AA
		}
		case 5:
			return jump(); // CALL
		case 6: {
			const kind = field(4, 2);
			if (kind === 0) return jump(); // J
			const isLoop = kind === 3 && field(6, 2) === 1 && r >= 8 && r <= 10;
			return isLoop ? plain(s) : jump(s);
		}
		case 7:
			// Of a branch by an immediate bit, `t` is its number.
			return jump(s, t);
		case 8:
			return { ...plain(s), loads: t }; // L32I.N
		case 9:
		case 10:
			return plain(s, t); // S32I.N, ADD.N
		case 12:
			return (t & 8) === 0 ? plain() : jump(s); // MOVI.N; BEQZ.N, BNEZ.N
		case 13:
			return r === 15 ? jump() : plain(s); // RET.N; MOV.N
		default:
			return plain(s);
	}
}
