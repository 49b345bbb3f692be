/** Finding one's way through a graph from its end to its beginning. */

import { OnnxError } from "./error";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "./file";

/** Steps back at most, whatever a crafted graph leads through. */
const longestWay = 4096;

export class Walk {
	readonly #graph: OnnxGraph;
	/** Each tensor by name to the node that computes it. */
	readonly #makers = new Map<string, OnnxNode>();
	#left = longestWay;

	constructor(graph: OnnxGraph) {
		this.#graph = graph;
		for (const node of graph.nodes)
			for (const output of node.outputs) {
				if (this.#makers.has(output)) throw new OnnxError("malformed", `"${output}" is computed twice`, node.label);
				this.#makers.set(output, node);
			}
	}

	/** The node that computes a tensor; undefined when nothing does: an input or a constant. */
	maker(tensor: string): OnnxNode | undefined {
		this.#left--;
		if (this.#left < 0) throw new OnnxError("malformed", "the graph goes round in circles or is too deep");
		return this.#makers.get(tensor);
	}

	constant(tensor: string): OnnxTensor | undefined {
		return this.#graph.constants.get(tensor);
	}

	/** The node behind a tensor, seen through those that leave values as they are. */
	behind(tensor: string, passed: ReadonlySet<string>): { tensor: string; node: OnnxNode | undefined } {
		let name = tensor;
		let node = this.maker(name);
		while (node && passed.has(node.operator)) {
			name = operand(node, 0);
			node = this.maker(name);
		}
		return { tensor: name, node };
	}
}

/** The name of an operand. Throws an `OnnxError` where it is left out. */
export function operand(node: OnnxNode, index: number): string {
	const name = node.inputs[index];
	if (!name) throw new OnnxError("malformed", `operand ${index + 1} is missing`, node.label);
	return name;
}
