import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Begins with the file that takes longest. vitest knows from earlier runs which that is; on a new machine there are none. */
class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith("/simulator/memory.test.ts");
		return (await super.sort(files)).sort((a, b) => Number(isLongest(b)) - Number(isLongest(a)));
	}
}

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
		sequence: { sequencer: LongestFirst },
		testTimeout: 60_000,
		hookTimeout: 120_000,
	},
});
