import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
	resolve: {
		alias: [
			{ find: /^gateway\/resources\/crc32$/, replacement: path("host-tests/unit/resources/crc32.ts") },
			{ find: /^common\/ascii$/, replacement: path("host-tests/unit/common/ascii.ts") },
			{ find: /^(common|drivers|gateway|wearable)\//, replacement: `${path("firmware")}/$1/` },
			{ find: /^engine$/, replacement: path("native/engine/engine.ts") },
		],
	},
	test: {
		include: ["host-tests/**/*.test.ts"],
		// The long tests mostly wait for simulated time, so that even two cores carry two files at once.
		maxWorkers: Math.max(2, availableParallelism() - 1),
		testTimeout: 60_000,
		hookTimeout: 120_000,
	},
});
