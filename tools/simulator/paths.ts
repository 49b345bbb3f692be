import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's root, absolute. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
/** Everything that the simulator makes; `rm -r` of it is always safe. */
export const output = resolve(root, "build/simulator");
/** What answers `$(MODDABLE)` in a manifest. */
export const sdk = resolve(root, "tools/simulator/sdk");
/** C that is generated for the apps' C sources. */
export const generated = resolve(output, "generated");
