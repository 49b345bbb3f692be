import type { FeatureStep } from "./parameters";

/** What a step makes of the value of a feature, in float32 as the device computes it. */
export function applied({ operation, values }: FeatureStep, value: number, feature: number): number {
	const operand = values[feature]!;
	switch (operation) {
		case "MUL":
			return Math.fround(value * operand);
		case "ADD":
			return Math.fround(value + operand);
		case "SUB":
			return Math.fround(value - operand);
	}
}

/** Whether greater values stay greater, or equal. */
export function keepOrder(steps: readonly FeatureStep[]): boolean {
	return steps.every(({ operation, values }) => operation !== "MUL" || values.every((value) => value > 0));
}
