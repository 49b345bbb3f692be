/** Where a model fits, with how much to spare, and what to shrink where it does not. */

import { flashAdvice, memoryAdvice } from "./advice";
import { type Core, type Microcontroller, microcontrollers } from "./catalogue";
import type { ModelFacts } from "./facts";

export interface Room {
	readonly needed: number;
	readonly available: number;
}

export interface Fit {
	readonly microcontroller: Microcontroller;
	readonly fits: boolean;
	/** Arena, state, stack and what opening takes for a while. */
	readonly ram: Room;
	/** Model and code. Code of other processors than the one measured may be some tenths greater or smaller. */
	readonly flash: Room;
	/** Estimates of one inference at the full clock; absent where nothing was counted for the core. */
	readonly seconds?: number;
	readonly joules?: number;
	/** What stands in the way and what would help; empty where the model fits. */
	readonly advice: readonly string[];
}

/** The engine's integers are at least 32 bits. */
const narrow: readonly Core[] = ["AVR", "MSP430X"];

/**
 * Cycles for one instruction, with the code in memory or in the cache. A static model of the pipeline (one cycle each,
 * three more for a taken branch, stalls after loads) gives 1.0 to 1.4 for compiled networks on the LX6 and is up to a
 * quarter low against published times; the LX106 has the same pipeline for lack of anything better known. LX7 stalls no
 * more often (esp-dsp's published cycles of both).
 */
const cyclesPerInstruction: Partial<Record<Core, number>> = {
	"Xtensa LX106": 1.4,
	"Xtensa LX6": 1.4,
	"Xtensa LX7": 1.4,
};

/** By microcontroller: whose count is taken where its own core was not counted. The S3 runs all of the LX6's instructions. */
const countedAs: Readonly<Record<string, Core>> = { "esp32-s3": "Xtensa LX6" };

export function ramNeeded({ arena, state, work, stack }: ModelFacts): number {
	return arena + state + work + stack;
}

export function flashNeeded({ fileBytes, codeBytes = 0 }: ModelFacts): number {
	return fileBytes + codeBytes;
}

/** Seconds of one inference, estimated; undefined where no instructions were counted for such a core. */
export function estimateSeconds(facts: ModelFacts, { id, core, megahertz }: Microcontroller): number | undefined {
	const count = facts.instructions?.[countedAs[id] ?? core];
	const cycles = cyclesPerInstruction[core];
	return count === undefined || cycles === undefined ? undefined : (count * cycles) / (megahertz * 1e6);
}

export function fitOn(facts: ModelFacts, microcontroller: Microcontroller): Fit {
	const { core, current, megahertz } = microcontroller;
	const ram = { needed: ramNeeded(facts), available: microcontroller.ram.bytes };
	const flash = { needed: flashNeeded(facts), available: microcontroller.flash.bytes };
	const advice: string[] = [];
	// No smaller model helps there.
	if (narrow.includes(core)) advice.push(`the engine needs a processor of 32 bits, ${core} is narrower`);
	else {
		if (ram.needed > ram.available) advice.push(...memoryAdvice(facts, ram.needed - ram.available));
		if (flash.needed > flash.available) advice.push(...flashAdvice(facts, flash.needed - flash.available));
	}
	const seconds = estimateSeconds(facts, microcontroller);
	// Energy for a cycle hardly depends on the clock, so the current is scaled from the clock it was measured at.
	const joules =
		seconds !== undefined && current
			? seconds * (current.milliamperes / 1000) * (megahertz / current.megahertz) * current.volts
			: undefined;
	return {
		microcontroller,
		fits: advice.length === 0,
		ram,
		flash,
		...(seconds !== undefined && { seconds }),
		...(joules !== undefined && { joules }),
		advice,
	};
}

/** The smallest microcontroller that the model fits first, those that it does not fit last and the nearest of them first. */
export function fitAll(facts: ModelFacts, catalogue = microcontrollers): Fit[] {
	const lack = ({ ram, flash }: Fit) => Math.max(ram.needed / ram.available, flash.needed / flash.available);
	return catalogue
		.map((one) => fitOn(facts, one))
		.sort((a, b) => {
			if (a.fits !== b.fits) return a.fits ? -1 : 1;
			if (!a.fits) return lack(a) - lack(b);
			return a.ram.available - b.ram.available || a.flash.available - b.flash.available;
		});
}
