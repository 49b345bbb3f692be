/**
 * An estimate of the ESP32's clock cycles for one run of a model, made of the instructions that QEMU runs. Nothing was
 * measured on silicon. What is counted besides one cycle an instruction, from the core's published configuration
 * (seven stages, one 32-bit load a cycle, its value two cycles later) and Espressif's published cycles of its DSP
 * library, which the same counting comes close to:
 *
 * - 3 for a jump that is taken (not for the way back of a zero-overhead loop),
 * - up to 2 where a loaded register is needed by one of the next two instructions,
 * - 1 where a product is needed by the next one.
 *
 * Code and model are taken to be in the cache or in internal memory; a cold read of flash costs more.
 */
import { readFileSync } from "node:fs";
import { buildMeasure, compilers } from "./build";
import { prepare } from "./measure";
import { trace } from "./trace";
import { decode, type Instruction } from "./xtensa";

export interface Cycles {
	instructions: number;
	cycles: number;
}

const takenJump = 3;
const loadDelay = 2;

/** For one row of `golden`. */
export async function estimateCycles(model: string, golden: string): Promise<Cycles> {
	const program = buildMeasure(compilers.esp32);
	const { directory, remove } = prepare(model, golden, { rows: 1 });
	try {
		const read = segments(readFileSync(program));
		const known = new Map<number, Instruction>();
		const at = (place: number): Instruction => {
			let instruction = known.get(place);
			if (!instruction) {
				instruction = decode(read(place));
				known.set(place, instruction);
			}
			return instruction;
		};
		let instructions = 0;
		let cycles = 0;
		/** When the value of each register is there. */
		const ready = new Float64Array(32);
		let previous: { place: number; instruction: Instruction } | undefined;
		for await (const { phase, place } of trace("esp32", program, directory)) {
			if (phase !== "invoke") continue;
			const instruction = at(place);
			instructions++;
			if (previous?.instruction.isJump && place !== previous.place + previous.instruction.length) cycles += takenJump;
			for (const register of instruction.reads) cycles = Math.max(cycles, ready[register]!);
			cycles++;
			if (instruction.loads !== undefined) ready[instruction.loads] = cycles + loadDelay;
			if (instruction.multiplies !== undefined) ready[instruction.multiplies] = cycles + 1;
			previous = { place, instruction };
		}
		return { instructions, cycles };
	} finally {
		remove();
	}
}

/** Reads a word of an ELF file's memory at a place of the machine. */
function segments(file: Buffer): (place: number) => number {
	const headers = Array.from({ length: file.readUInt16LE(44) }, (_, i) => file.readUInt32LE(28) + 32 * i);
	return (place) => {
		for (const header of headers) {
			const [offset, address, size] = [4, 8, 16].map((field) => file.readUInt32LE(header + field));
			if (place >= address! && place < address! + size!) return file.readUIntLE(offset! + place - address!, 3);
		}
		throw new Error(`nothing lies at 0x${place.toString(16)}`);
	};
}
