/** What to shrink, in figures of this model. */

import { bytes, integer } from "../evaluation/format";
import type { Layer, ModelFacts } from "./facts";

/** Bytes of state that the engine keeps for a channel's scale: multiplier and shift. */
const channelState = 8;

/** `over`: bytes of flash that are lacking. The first line says so, the others what would help. */
export function flashAdvice({ metadataBytes, codeBytes = 0, layers }: ModelFacts, over: number): string[] {
	const floats = layers.reduce((sum, { floatBytes }) => sum + floatBytes, 0);
	const advice = [`${bytes(over)} of flash too much`];
	if (floats > 0) {
		// Biases become int32 and stay as they are; they are few.
		const saved = Math.floor((floats * 3) / 4);
		advice.push(`int8 weights instead of float32 save ${bytes(saved)}${enough(saved, over)}`);
	}
	if (metadataBytes > 0.05 * over) {
		advice.push(`card and golden rows take ${bytes(metadataBytes)}: fewer golden rows${enough(metadataBytes, over)}`);
	}
	advice.push(...smallerLayers(layers, over));
	if (codeBytes > over) advice.push(`code is ${bytes(codeBytes)}: link the operators of one type alone`);
	return advice;
}

/** `over`: bytes of memory that are lacking. */
export function memoryAdvice(
	{ arena, state, work, stack, inputBytes, floatInput, channelScales }: ModelFacts,
	over: number,
): string[] {
	const advice = [
		`${bytes(over)} of RAM too much: arena ${integer(arena)}, state ${integer(state)}, stack ${integer(stack)}, while opening ${integer(work)} bytes`,
	];
	if (floatInput) {
		const saved = Math.floor(inputBytes / 2);
		advice.push(`int16 rows instead of float32 save at least ${bytes(saved)}${enough(saved, over)}`);
	}
	// The input and what is computed from it lie in the arena together, so half a window saves half of the input or more.
	if (inputBytes > arena / 4) {
		const saved = Math.floor(inputBytes / 2);
		advice.push(`half the window saves at least ${bytes(saved)} of the arena${enough(saved, over)}`);
	} else {
		advice.push("the arena holds the results of the widest layers: fewer filters, or a greater stride before them");
	}
	const saved = channelState * channelScales;
	if (saved > over / 10) {
		advice.push(`one scale for a layer's weights instead of one a channel saves ${bytes(saved)}${enough(saved, over)}`);
	}
	return advice;
}

function enough(saved: number, over: number): string {
	return saved >= over ? ", which is enough" : "";
}

/**
 * Fewer units of the layer that holds most, where that is enough; else how much of all layers may stay. Each unit fewer
 * saves its weights, and some of the next layer's besides.
 */
function smallerLayers(layers: readonly Layer[], over: number): string[] {
	const all = layers.reduce((sum, layer) => sum + layer.bytes, 0);
	const [first, ...others] = layers;
	if (!first) return [];
	const greatest = others.reduce((most, layer) => (layer.bytes > most.bytes ? layer : most), first);
	const { kind, units = 1 } = greatest;
	const unit = greatest.bytes / units;
	const left = units - Math.ceil(over / unit);
	if (left >= 1) {
		const share = `${kind} is ${Math.round((100 * greatest.bytes) / all)} % of the constants`;
		const saved = bytes(Math.floor((units - left) * unit));
		return [`${share}: ${left} instead of ${units} units save ${saved}, which is enough`];
	}
	if (over >= all) return [`even without its ${bytes(all)} of constants it would not fit`];
	const rest = Math.floor((100 * (all - over)) / all);
	return [`all layers together may keep ${rest} % of their ${bytes(all)} of constants`];
}
