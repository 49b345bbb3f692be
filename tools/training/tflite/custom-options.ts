/** The options of this engine's own operators in words: their bytes are those of native/engine/operators/CUSTOM.md. */

import { figure } from "./table";

const leaves = ["a vote", "a number", "a row of numbers"];
const kernels = ["linear", "radial", "polynomial"];
const answers = ["decisions", "shares of votes"];

/** Undefined for an operator of someone else, and for bytes that are none of its options. */
export function customOptionWords(name: string, bytes: Uint8Array): string | undefined {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (name === "TMLAAS_TREES" && isSound(bytes, 8)) return treesWords(view);
	if (name === "TMLAAS_SVM" && isSound(bytes, 12)) return machineWords(view);
	return undefined;
}

/** Of a length and of the first version. */
function isSound(bytes: Uint8Array, length: number): boolean {
	return bytes.length >= length && bytes[0] === 1;
}

function treesWords(view: DataView): string {
	const nodes = view.getUint8(1) === 1 ? "narrow" : "wide";
	const leaf = leaves[view.getUint8(2)] ?? "unknown";
	return `${nodes} nodes, each leaf ${leaf}, scale ${figure(view.getFloat32(4, true))}`;
}

function machineWords(view: DataView): string {
	const kernel = kernels[view.getUint8(1)] ?? "unknown";
	const words = [`${kernel} kernel`, answers[view.getUint8(2)] ?? "unknown answer"];
	if (kernel !== "linear") words.push(`gamma ${figure(view.getFloat32(4, true))}`);
	if (kernel === "polynomial") {
		words.push(`degree ${view.getUint8(3)}`, `constant ${figure(view.getFloat32(8, true))}`);
	}
	return words.join(", ");
}
