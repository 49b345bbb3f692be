/** How much code a model takes on a microcontroller: of the engine, of its operators and of what they use of libraries. */

import type { FileOperator, ModelFile } from "./reader";

/** Recorded by `npm run bench:code` in native/engine/code-sizes.json. */
export interface CodeSizes {
	/** What it was compiled for, and with. */
	readonly target: string;
	readonly compiler: string;
	/** Bytes of an engine with no operator. */
	readonly engine: number;
	/** Bytes of code and constants that some operators need and others do not. */
	readonly pieces: readonly number[];
	/** For each implementation (`engine_NAME` of operators.h) the pieces that it needs, by their index. */
	readonly operators: Readonly<Record<string, readonly number[]>>;
}

/** What custom operators are implemented by. */
const customOperators: Readonly<Record<string, string>> = { TMLAAS_TREES: "trees", TMLAAS_SVM: "support_vectors" };

/**
 * Bytes of code and constants that an application links which runs this model alone. Operators that the engine does not
 * have count nothing.
 */
export function codeBytes(sizes: CodeSizes, model: ModelFile): number {
	const needed = new Set<number>();
	for (const name of implementations(sizes, model)) for (const piece of sizes.operators[name]!) needed.add(piece);
	return [...needed].reduce((sum, piece) => sum + sizes.pieces[piece]!, sizes.engine);
}

/** The engine's implementations that the model needs, for single types where there are such. */
export function implementations({ operators }: CodeSizes, model: ModelFile): Set<string> {
	const used = model.subgraphs.flatMap((graph) =>
		graph.operators.map((operator) => {
			const type = graph.tensors[operator.inputs[0] ?? -1]?.type.toLowerCase();
			const name = implementationOf(operator);
			return Object.hasOwn(operators, `${name}_${type}`) ? `${name}_${type}` : name;
		}),
	);
	return new Set(used.filter((name) => Object.hasOwn(operators, name)));
}

function implementationOf({ kind, customCode = "" }: FileOperator): string {
	if (kind !== "CUSTOM") return kind.toLowerCase();
	return Object.hasOwn(customOperators, customCode) ? customOperators[customCode]! : "";
}
