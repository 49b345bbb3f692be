/** A test that cannot run inside XS. */
import { encodeText } from "common/text";
import { expect, test } from "vitest";

test("clock", () => {
	expect(encodeText(String(performance.now())).length).toBeGreaterThan(0);
});
