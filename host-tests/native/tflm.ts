/** The engine over a TensorFlow Lite Micro that somebody has built: `TFLM_INCLUDE` and `TFLM_LIB` (native/tflm). */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nativeDirectory } from "./build";

export interface Library {
	/** Folders of its headers. */
	readonly include: readonly string[];
	/** libtensorflow-microlite.a */
	readonly library: string;
	/** For compiler and linker alike, as it was made with sanitizers: `TFLM_FLAGS`. */
	readonly flags: string;
}

const advice =
	"set TFLM_INCLUDE (folders of the headers, with spaces between) and TFLM_LIB (libtensorflow-microlite.a); " +
	"native/tflm/README.md says how to build it";

/** What the environment names; undefined, after a line that says so, when it names none. Throws when it is not there. */
export function findLibrary(skipped: string): Library | undefined {
	const { TFLM_INCLUDE, TFLM_LIB, TFLM_FLAGS = "" } = process.env;
	if (!TFLM_INCLUDE || !TFLM_LIB) {
		console.log(`skipped: ${skipped}; ${advice}`);
		return undefined;
	}
	const include = TFLM_INCLUDE.split(" ").filter(Boolean);
	for (const path of [...include, TFLM_LIB])
		if (!existsSync(path)) throw new Error(`TFLM_INCLUDE or TFLM_LIB names ${path}, which is not there; ${advice}`);
	return { include, library: TFLM_LIB, flags: TFLM_FLAGS };
}

/** Builds engine-run and libengine.a over it with `make` and gives their folder. */
export function buildOver({ include, library, flags }: Library): string {
	const directory = `${nativeDirectory}/tflm`;
	const parameters = [
		...["-s", "-C", fileURLToPath(new URL("../../native/tflm", import.meta.url)), `OUT=${directory}`],
		...[`TFLM_INCLUDE=${include.join(" ")}`, `TFLM_LIB=${library}`, `CFLAGS=-O2 -g ${flags}`],
	];
	execFileSync("make", parameters, { stdio: ["ignore", "inherit", "inherit"] });
	return directory;
}
