import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CommandError } from "../../../tools/simulator/command";
import { FetchError, fetchXS, integrityOf } from "../../../tools/simulator/xs";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "xs-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("says what to do without a network, and leaves nothing behind", async () => {
	const pack = () => Promise.reject(new CommandError("npm", 1, "npm error code ENOTFOUND"));
	const fetching = fetchXS({ directory, pack });
	await expect(fetching).rejects.toThrow(FetchError);
	await expect(fetching).rejects.toThrow(
		/could not fetch.*@agoric\/xsnap@0\.15\.0[\s\S]*with a network[\s\S]*ENOTFOUND/,
	);
	expect(readdirSync(directory)).toEqual([]);
});

test("refuses an archive that is not the one it knows", async () => {
	const fetching = fetchXS({
		directory,
		pack: async (_, into) => {
			writeFileSync(join(into, "x.tgz"), "something else");
			return join(into, "x.tgz");
		},
	});
	await expect(fetching).rejects.toThrow(FetchError);
	await expect(fetching).rejects.toThrow(integrityOf(new TextEncoder().encode("something else")));
	expect(readdirSync(directory)).toEqual([]);
});

test("states an integrity as package locks do", () => {
	// SHA-512 of "abc", FIPS 180-2 appendix C.1.
	const expected =
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
	expect(integrityOf(new TextEncoder().encode("abc"))).toBe(
		`sha512-${Buffer.from(expected, "hex").toString("base64")}`,
	);
});
