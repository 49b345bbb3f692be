import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../../tools/simulator/lock";

let path: string;
let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "lock-"));
	path = join(directory, "nested/lock");
});
afterEach(() => rmSync(directory, { recursive: true }));

test("lets one at a time in, and all in the end", async () => {
	let inside = 0;
	let most = 0;
	let waited = 0;
	const work = async () => {
		most = Math.max(most, ++inside);
		await sleep(20);
		return --inside;
	};
	await Promise.all([1, 2, 3].map(() => withLock(path, work, () => waited++)));
	expect(most).toBe(1);
	expect(waited).toBe(2);
	expect(existsSync(path)).toBe(false);
});

test("lets go when the work fails", async () => {
	const work = () => Promise.reject(new RangeError("no"));
	await expect(withLock(path, work)).rejects.toThrow(RangeError);
	expect(await withLock(path, async () => "next")).toBe("next");
});

test("takes over from a process that is gone", async () => {
	const gone = spawnSync(process.execPath, ["-e", ""]).pid;
	await withLock(path, async () => {});
	writeFileSync(path, String(gone));
	expect(await withLock(path, async () => "mine")).toBe("mine");
});
