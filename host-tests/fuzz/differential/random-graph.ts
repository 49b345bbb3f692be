import { createRandom } from "../../../tools/training/random";
import { activationOperators } from "./activations";
import { arithmeticOperators } from "./arithmetic";
import { layerOperators } from "./layers";
import { movementOperators } from "./movement";
import { recurrentOperators } from "./recurrent";
import { reductionOperators } from "./reductions";
import { type Grow, Sketch } from "./sketch";

/** All operators that a graph may have. */
export const growers: Readonly<Record<string, Grow>> = {
	...activationOperators,
	...arithmeticOperators,
	...layerOperators,
	...movementOperators,
	...recurrentOperators,
	...reductionOperators,
};

export interface RandomGraph {
	model: Uint8Array;
	/** Rows of raw input values. */
	inputs: Buffer;
	operators: string[];
}

const rows = 3;

/** The graph of this seed: half of them have one operator, the others up to six. */
export function randomGraph(seed: number): RandomGraph {
	const sketch = new Sketch(createRandom(seed));
	const count = sketch.chance(0.5) ? 1 : sketch.between(2, 6);
	const operators = Array.from({ length: count }, () => sketch.choose(Object.keys(growers)));
	for (let i = 0; i < operators.length || !sketch.hasInputs; i++) {
		if (i === operators.length) operators.push(sketch.choose(Object.keys(growers)));
		growers[operators[i]!]!(sketch);
	}
	return { model: sketch.model(), inputs: sketch.rows(rows), operators };
}
