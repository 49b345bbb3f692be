import { existsSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { canBuild, sanitizers } from "../../native/build";
import { hasProgram } from "../../optional";
import { crashes, fuzz, prepare, replay, seeds } from "./fuzz";

const possible = hasProgram(
	canBuild({ compiler: "clang", flags: sanitizers }),
	"the engine under libFuzzer",
	"`apt-get install clang libclang-rt-dev` brings it",
);

const seconds = 15;

describe.skipIf(!possible)("engine under libFuzzer", () => {
	beforeAll(prepare);

	test("sound models and what once failed", () => {
		const known = existsSync(crashes) ? readdirSync(crashes).map((file) => `${crashes}/${file}`) : [];
		const { failed, report } = replay([...seeds(), ...known]);
		expect(failed, report).toBe(false);
	});

	test(`changed models for ${seconds} s`, () => {
		const { failed, report } = fuzz({ seconds }, 1);
		expect(failed, report).toBe(false);
		const runs = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(report)?.[1]);
		expect(runs).toBeGreaterThan(10_000);
	}, 120_000);
});
