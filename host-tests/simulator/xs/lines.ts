/** What a test file that runs inside XS tells, a line each. */
export type Line =
	| { readonly kind: "start"; readonly names: readonly string[] }
	| {
			readonly kind: "test";
			/** From the outermost `describe` to the test. */
			readonly names: readonly string[];
			readonly state: "passed" | "failed" | "skipped";
			readonly message?: string;
			/** As XS gives it, with lines of the bundle. */
			readonly stack?: string;
	  }
	| { readonly kind: "coverage"; readonly path: string; readonly s: unknown; readonly f: unknown; readonly b: unknown }
	| { readonly kind: "end" };

/** Marks such a line among what tests themselves trace. */
export const MARK = "\u0001";
