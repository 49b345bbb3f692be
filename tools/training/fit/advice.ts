/** What to shrink, in figures of this model. */

import { bytes, integer } from "../evaluation/format";
import type { Layer, ModelFacts } from "./facts";

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
	const smaller = smallerLayer(layers, over);
	if (smaller) advice.push(smaller);
	if (codeBytes > over) advice.push(`code is ${bytes(codeBytes)}: link the operators of one type alone`);
	return advice;
}

/** `over`: bytes of memory that are lacking. */
export function memoryAdvice(
	{ arena, state, work, stack, inputBytes, floatInput }: ModelFacts,
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
	}
	return advice;
}

function enough(saved: number, over: number): string {
	return saved >= over ? ", which is enough" : "";
}

/** Fewer units of the layer that holds most. Each unit fewer saves its weights, and some of the next layer's besides. */
function smallerLayer(layers: readonly Layer[], over: number): string | undefined {
	const all = layers.reduce((sum, layer) => sum + layer.bytes, 0);
	const greatest = layers.reduce<Layer | undefined>(
		(most, layer) => (layer.bytes > (most?.bytes ?? 0) ? layer : most),
		undefined,
	);
	if (!greatest) return undefined;
	const share = `${greatest.kind} is ${Math.round((100 * greatest.bytes) / all)} % of the constants`;
	if (greatest.units === undefined || greatest.units < 2) return share;
	const unit = greatest.bytes / greatest.units;
	const left = Math.max(1, greatest.units - Math.ceil(over / unit));
	const saved = Math.floor((greatest.units - left) * unit);
	return `${share}: ${left} instead of ${greatest.units} units save ${bytes(saved)}${enough(saved, over)}`;
}
