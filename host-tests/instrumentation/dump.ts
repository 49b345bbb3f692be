/** Writes what each test file reached to the directory that COVERAGE names. */
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";

afterAll(() => {
	const { __coverage__ } = globalThis as { __coverage__?: object };
	const directory = process.env.COVERAGE!;
	mkdirSync(directory, { recursive: true });
	if (__coverage__) writeFileSync(join(directory, `node-${randomUUID()}.json`), JSON.stringify(__coverage__));
});
