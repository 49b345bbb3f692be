/** Fits as lines of text. */

import { bytes, duration, integer } from "../evaluation/format";
import { alignColumns } from "../tflite/table";
import type { ModelFacts } from "./facts";
import { type Fit, flashNeeded, type Room, ramNeeded } from "./fit";

/** What the model needs, in two lines. */
export function factLines(facts: ModelFacts): string[] {
	const { arena, state, work, stack, fileBytes, codeBytes } = facts;
	const code = codeBytes === undefined ? "code not counted" : `code ${integer(codeBytes)}`;
	return [
		`RAM    ${bytes(ramNeeded(facts))}: arena ${integer(arena)}, state ${integer(state)}, stack ${integer(stack)}, while opening ${integer(work)} bytes`,
		`flash  ${bytes(flashNeeded(facts))}: model ${integer(fileBytes)}, ${code} bytes`,
	];
}

export function fitTable(fits: readonly Fit[]): string[] {
	const timed = fits.some(({ seconds }) => seconds !== undefined);
	const head = ["", "microcontroller", "core", "MHz", "RAM", "spare", "flash", "spare"];
	const rows = fits.map(({ microcontroller, fits: fit, ram, flash, seconds, joules }) => [
		fit ? "yes" : "no",
		microcontroller.name,
		microcontroller.cores > 1 ? `${microcontroller.cores} × ${microcontroller.core}` : microcontroller.core,
		microcontroller.megahertz,
		bytes(ram.available),
		spare(ram),
		bytes(flash.available),
		spare(flash),
		...(timed ? [seconds === undefined ? "–" : duration(seconds), joules === undefined ? "–" : energy(joules)] : []),
	]);
	return alignColumns([[...head, ...(timed ? ["time*", "energy*"] : [])], ...rows]);
}

function spare({ needed, available }: Room): string {
	const left = available - needed;
	if (left < 0) return `−${bytes(-left)}`;
	return `${bytes(left)} (${Math.floor((100 * left) / available)} %)`;
}

/** 12 nJ, 3.4 µJ, 1.2 mJ. */
export function energy(joules: number): string {
	if (joules < 1e-6) return `${(1e9 * joules).toPrecision(3)} nJ`;
	if (joules < 1e-3) return `${(1e6 * joules).toPrecision(3)} µJ`;
	return `${(1e3 * joules).toPrecision(3)} mJ`;
}

/** What stands in the way, microcontroller by microcontroller. */
export function adviceLines(fits: readonly Fit[]): string[] {
	return fits
		.filter(({ advice }) => advice.length > 0)
		.flatMap(({ microcontroller, advice }) => [
			`${microcontroller.name}: ${advice[0]}`,
			...advice.slice(1).map((line) => `  ${line}`),
		]);
}

/** All there is to say of one microcontroller. */
export function boardLines({ microcontroller, fits, ram, flash, seconds, joules, advice }: Fit): string[] {
	const { name, core, megahertz, current, source } = microcontroller;
	const note = (text: string | undefined) => (text ? ` (${text})` : "");
	return [
		`${name}: ${fits ? "fits" : "does not fit"}`,
		...alignColumns([
			[
				"  RAM",
				bytes(ram.needed),
				"of",
				`${bytes(ram.available)}${note(microcontroller.ram.note)}`,
				`spare ${spare(ram)}`,
			],
			[
				"  flash",
				bytes(flash.needed),
				"of",
				`${bytes(flash.available)}${note(microcontroller.flash.note)}`,
				`spare ${spare(flash)}`,
			],
		]),
		`  time   ${seconds === undefined ? `not estimated: no instructions were counted for ${core}` : `${duration(seconds)} at ${megahertz} MHz, estimated`}`,
		`  energy ${joules === undefined ? "not estimated" : `${energy(joules)} for an inference, estimated from ${current!.milliamperes} mA at ${current!.megahertz} MHz and ${current!.volts} V: ${current!.source}`}`,
		`  source ${source}`,
		...advice.map((line) => `  ${line}`),
	];
}
