import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildEngine, canBuild, engineDirectory, sanitizers } from "./build";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

test("the C interface answers a caller who errs", () => {
	const sanitized = { name: "sanitizers", compiler: "clang", flags: sanitizers };
	const build = canBuild(sanitized) ? sanitized : { name: "", compiler: "cc", flags: "-O2 -g" };
	const directory = buildEngine(build);
	const warnings = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror"];
	const files = [`-I${engineDirectory}`, path("api.c"), `${directory}/libengine.a`, "-lm", "-o", `${directory}/api`];
	execFileSync(build.compiler, [...build.flags.split(" "), ...warnings, ...files]);

	const { status, stdout, stderr } = spawnSync(`${directory}/api`, [path("goldens/handmade/window_classifier.tflite")]);
	expect(stderr.toString()).toBe("");
	expect(status).toBe(0);
	const named = readFileSync(`${engineDirectory}/engine.h`, "utf8").match(/ENGINE_\w+ = \d{3}\b|ENGINE_OK = 0/g);
	expect(Number(stdout.toString())).toBe(named!.length);
});
