import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Does `work` while no other process does what has the same lock file. A process that ended without letting go
 * holds nothing. `waiting` is told once when another has it.
 */
export async function withLock<Result>(
	path: string,
	work: () => Promise<Result>,
	waiting?: () => void,
): Promise<Result> {
	mkdirSync(dirname(path), { recursive: true });
	for (let told = false; !take(path); await sleep(100)) {
		if (!told) waiting?.();
		told = true;
	}
	try {
		return await work();
	} finally {
		rmSync(path, { force: true });
	}
}

function take(path: string): boolean {
	try {
		writeFileSync(path, String(process.pid), { flag: "wx" });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
	const holder = holderOf(path);
	if (holder === undefined || isAlive(holder)) return false;
	// Renamed first: of two processes that find the same dead holder, only one succeeds.
	const stale = `${path}.${process.pid}`;
	try {
		renameSync(path, stale);
		if (Number(readFileSync(stale, "utf8")) === holder) rmSync(stale);
		else renameSync(stale, path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
	}
	return false;
}

/** Undefined when it has just been let go, or has not been written yet. */
function holderOf(path: string): number | undefined {
	try {
		return Number(readFileSync(path, "utf8")) || undefined;
	} catch {
		return undefined;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
