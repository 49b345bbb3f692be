/** What tests can do without on a person's machine: programs that are not installed, data that is not in the project. */
import { existsSync } from "node:fs";

/**
 * Gives whether a program is here, and says what is skipped and how to get it when it is not. Where `CI` is set nothing
 * is skipped for a program's sake: it throws, so that the file of tests fails.
 */
export function hasProgram(found: boolean, skipped: string, advice: string): boolean {
	if (found) return true;
	if (process.env.CI) throw new Error(`${skipped} cannot be tested: ${advice}`);
	console.log(`skipped: ${skipped}; ${advice}`);
	return false;
}

/** Gives whether data that lies beside the project is here, and says what is skipped when it is not, in CI as well. */
export function hasData(path: string, skipped: string): boolean {
	if (existsSync(path)) return true;
	console.log(`skipped: ${skipped}; its data is not here`);
	return false;
}

/** Gives whether what figures depend on is here as it was when they were recorded, and says what is skipped when not. */
export function isAsRecorded(here: string | undefined, recorded: string | undefined, skipped: string): boolean {
	if (here === recorded) return true;
	console.log(`skipped: ${skipped}; it was recorded with ${recorded}, here is ${here}`);
	return false;
}
