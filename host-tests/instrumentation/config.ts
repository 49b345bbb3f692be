/** vitest's configuration for `npm run coverage`: sources are instrumented before anything else reads them. */
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config";
import { instrument, isCounted } from "./instrument";

export default mergeConfig(
	base,
	defineConfig({
		plugins: [
			{
				name: "coverage",
				enforce: "pre",
				transform(text, id) {
					return isCounted(id) ? { code: instrument(text, id).code, map: null } : undefined;
				},
			},
		],
		test: { setupFiles: [fileURLToPath(new URL("dump.ts", import.meta.url))] },
	}),
);
