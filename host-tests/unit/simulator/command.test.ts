import { expect, test } from "vitest";
import { CommandError, run } from "../../../tools/simulator/command";

const node = (script: string, onOutput?: (text: string) => void) =>
	run(process.execPath, ["-e", script], onOutput ? { onOutput } : {});

test("gives standard output, also as it comes", async () => {
	let seen = "";
	const output = await node('console.error("not this"); console.log("this")', (text) => {
		seen += text;
	});
	expect(output).toBe("this\n");
	expect(seen).toBe("this\n");
});

test("throws with the exit code and all that was printed", async () => {
	const error = await node('console.log("one"); console.error("two"); process.exitCode = 3').catch((error) => error);
	expect(error).toBeInstanceOf(CommandError);
	expect(error.code).toBe(3);
	expect(error.printed.split("\n").sort()).toEqual(["", "one", "two"]);
});

test("throws without a code when there is no such command", async () => {
	const error = await run("no-such-command-here", []).catch((error) => error);
	expect(error).toBeInstanceOf(CommandError);
	expect(error.code).toBeNull();
});
