import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../../tools/simulator/paths";

const run = promisify(execFile);

test.each(["http", "mqtt"])("npm run fuzz:%s runs for as long as it is asked to", async (name) => {
	const { stdout } = await run("npm", ["run", "--silent", `fuzz:${name}`, "--", "--seconds", "0.5", "--seed", "7"], {
		cwd: root,
	});
	const [first, last] = stdout.trim().split("\n");
	expect(first).toBe(`fuzz:${name}: seed 7, 0.5 s`);
	expect(Number(/: (\d+) rounds, nothing found$/.exec(last!)?.[1])).toBeGreaterThan(10);
});
