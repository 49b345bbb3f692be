/** An exported function, as esbuild prints it, whose whole body calls a function in C with its own parameters. */
const exported =
	/^(export function \w+)\((\w+(?:, \w+)*)\) \{\n\s*(?:return )?native\("(\w+)"\)\.call\((?:void 0|undefined), (\w+(?:, \w+)*)\);\n\}/gm;

/** The same of a method or getter without parameters, for its object. */
const method = /^(\s+(?:static |get )*\w+)\(\) \{\n\s*(?:return )?native\("(\w+)"\)\.call\(this\);\n\s*\}/gm;

/**
 * Makes such functions the functions in C themselves, in the notation of XS's parser, `f(x) @ "xs_f"`, as the SDK's
 * compiler does: a call costs a board nothing more. Lines stay where they are. Methods with parameters stay as they
 * are, because callers leave some out, which JavaScript fills up and C does not.
 */
export function bindNatives(code: string): string {
	return code
		.replace(exported, (whole: string, head: string, parameters: string, name: string, passed: string) =>
			passed === parameters ? `${head}(${parameters}) @ "${name}"\n\n` : whole,
		)
		.replace(method, '$1() @ "$2"\n\n');
}
