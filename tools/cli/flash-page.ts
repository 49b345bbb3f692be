/** `npm run flash:page`: a page that flashes boards from a browser. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { builtFolders, readFirmware, readVersion } from "../flash/firmware";
import { buildFlashPage, type Firmware } from "../flash/page";
import { PartsError } from "../flash/parts";
import { serveFolder } from "../flash/serve";
import { root } from "../simulator/paths";
import { FailedError, InputError, runCommand, wholeNumber } from "./command-line";

const usage = `usage: npm run flash:page                  serves the page on this computer until Ctrl-C
       npm run flash:page -- --out FOLDER  writes it there, for any web server that has HTTPS
  --from FOLDER  where the folders "gateway" and "wearable" are (build/firmware, where \`npm run build\` leaves them)
  --port N       where it is served (8090)
  --help         prints this`;

/** What was built, at least one of the two. */
async function builtFirmware(from: string): Promise<Firmware[]> {
	const firmwares: Firmware[] = [];
	const missing: string[] = [];
	for (const app of ["gateway", "wearable"] as const)
		try {
			const folder = join(from, app);
			firmwares.push({ app, version: await readVersion(app, folder), parts: await readFirmware(app, folder) });
		} catch (error) {
			if (!(error instanceof PartsError)) throw error;
			missing.push(error.message);
		}
	if (firmwares.length === 0) throw new InputError(missing.join("\n"));
	for (const message of missing) console.log(`without one board: ${message}`);
	return firmwares;
}

/** What is made anew at each start, or a folder of the person's, where nothing may be overwritten. */
async function prepareFolder(out: string | undefined): Promise<string> {
	if (out === undefined) {
		const folder = join(root, "build/flash-page");
		await rm(folder, { recursive: true, force: true });
		return folder;
	}
	await mkdir(out, { recursive: true });
	if ((await readdir(out)).length > 0) throw new InputError(`${out} is not empty; name a new folder`);
	return resolve(out);
}

async function serve(folder: string, port: number): Promise<void> {
	try {
		await serveFolder(folder, port);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
		throw new FailedError(`port ${port} is in use; --port names another`);
	}
	console.log(`http://localhost:${port}/ (Ctrl-C ends it)`);
}

await runCommand({
	usage,
	options: { out: { type: "string" }, from: { type: "string" }, port: { type: "string", default: "8090" } },
	words: 0,
	async run({ out, from, port }) {
		const number = wholeNumber("port", port, 1, 65535);
		const firmwares = await builtFirmware(from ?? builtFolders);
		const folder = await prepareFolder(out);
		await buildFlashPage(folder, firmwares);
		if (out === undefined) await serve(folder, number);
		else console.log(`${folder}: put these files on a web server with HTTPS`);
		return undefined;
	},
});
