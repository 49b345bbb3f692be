import { expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { compareWithOracle, goodRequest, round, runInParts } from "../../fuzz/http";

test("requests of a careful client are all accepted, and their bytes give the same in any parts", () => {
	const random = createRandom(1);
	for (let i = 0; i < 300; i++) {
		const text = goodRequest(random) + goodRequest(random);
		const bytes = Buffer.from(text, "latin1");
		const once = runInParts(bytes, () => bytes.length);
		expect(once).toMatchObject({ accepted: true, requests: { length: 2 } });
		expect(runInParts(bytes, () => 1)).toEqual(once);
		expect(runInParts(bytes, () => 1 + Math.floor(random() * 50))).toEqual(once);
	}
});

test("damaged streams: answered or closed, the same in any parts, and as Node's parser reads them", async () => {
	const random = createRandom(2);
	let accepted = 0;
	for (let i = 0; i < 1500; i++) {
		const bytes = round(random);
		if (undefined === bytes) continue;
		accepted++;
		if (0 === accepted % 4) await compareWithOracle(bytes);
	}
	expect(accepted).toBeGreaterThan(300);
});
