/** What `npm run update` and `npm run sign` say before anything is sent, and of gateways that refuse. */
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { trailerOf } from "../../tools/firmware-image/signed-firmware";
import { root } from "../../tools/simulator/paths";
import { makeFirmware, makeImage } from "../unit/gateway/update/images";

const folder = mkdtempSync(join(tmpdir(), "update-command-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(command: "update" | "sign", ...words: string[]): Promise<{ code: number; text: string }> {
	const env = { ...process.env, TMLAAS_TOKEN: "token", TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json") };
	return new Promise((resolve) => {
		execFile(
			process.execPath,
			["--import", "tsx", join(root, `tools/cli/${command}.ts`), ...words],
			{ cwd: root, env },
			(error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
		);
	});
}

function fileOf(name: string, bytes: Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, bytes);
	return path;
}

describe("npm run sign, for firmware", () => {
	it("makes a key, signs an image with it, and replaces what was signed before", async () => {
		const key = join(folder, "key.pem");
		const image = makeImage();
		const path = fileOf("signed.bin", image);
		for (const version of ["1.2.3", "1.2.4"]) {
			const { code, text } = await run(
				"sign",
				path,
				"--version",
				version,
				"--key",
				key,
				...("1.2.3" === version ? ["--new"] : []),
			);
			expect(text).toContain(`signed as gateway ${version}`);
			expect(code).toBe(0);
			const file = readFileSync(path);
			expect(trailerOf(file)).toMatchObject({ product: "gateway", version, chip: 0, length: image.length });
			expect(file.length).toBe(image.length + 168);
		}
		expect(await run("sign", path, "--key", key)).toMatchObject({
			code: 2,
			text: expect.stringContaining("--version"),
		});
		const damaged = fileOf("damaged.bin", makeImage().fill(1, 200, 210));
		const refused = await run("sign", damaged, "--version", "1.0.0", "--key", key);
		expect(refused).toMatchObject({ code: 2, text: expect.stringContaining("does not end with its SHA-256") });
	});
});

describe("npm run update", () => {
	let server: Server | undefined;
	let requests: string[];

	afterEach(() => {
		server?.close();
	});

	/** A gateway that says this of itself, and this of firmware. */
	async function gatewayOf(system: unknown, status = 202, answer: unknown = {}): Promise<string> {
		requests = [];
		server = createServer((request, response) => {
			requests.push(request.method!);
			request.resume().on("end", () => {
				const isFirmware = "PUT" === request.method;
				response.writeHead(isFirmware ? status : 200, { "content-type": "application/json" });
				response.end(JSON.stringify(isFirmware ? answer : system));
			});
		});
		await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	const runs = (version: string, firmware: object = {}) => ({
		...{ version, mode: "serve", uptime: 100 },
		firmware: { slot: "ota_0", state: "valid", confirmIn: null, room: 1e6, last: null, ...firmware },
	});

	it.each([
		["an image that nobody signed", makeImage(), runs("0.1.0"), "is no signed firmware"],
		["firmware of another board", makeFirmware({ product: "wearable" }), runs("0.1.0"), "for a wearable"],
		["damaged firmware", makeFirmware().fill(0, 100, 110), runs("0.1.0"), "is damaged"],
		[
			"what runs already",
			makeFirmware({ version: "0.1.0" }),
			runs("0.1.0"),
			"0.1.0 is not newer than 0.1.0, which runs",
		],
		["what is too large", makeFirmware(), runs("0.1.0", { room: 1000 }), "room for 1,000 bytes"],
		[
			"firmware while other firmware is on trial",
			makeFirmware(),
			runs("0.1.0", { state: "pending", confirmIn: 33 }),
			"try again in 33 s",
		],
		["firmware for what is no gateway", makeFirmware(), { hello: "world" }, "is no gateway"],
	])("does not send %s, and says why", async (_what, file, system, told) => {
		const address = await gatewayOf(system);
		const { code, text } = await run("update", fileOf("firmware.bin", file), "--gateway", address);
		expect(text).toContain(told);
		expect(code).toBeGreaterThan(0);
		expect(requests).toEqual(["GET"]);
	});

	it("tells the gateway's refusal", async () => {
		const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
		const address = await gatewayOf(runs("0.1.0"), 403, {
			status: 403,
			detail: "it is signed by another",
			reason: "unknown-signer",
		});
		const { code, text } = await run("update", fileOf("firmware.bin", makeFirmware({ key })), "--gateway", address);
		expect(text).toContain("refused (unknown-signer): it is signed by another. 0.1.0 runs on.");
		expect(code).toBe(1);
		expect(requests).toEqual(["GET", "PUT"]);
	});

	it("says when the file says another version than was signed", async () => {
		let asked = 0;
		const system = runs("0.1.0");
		const address = await gatewayOf({
			// The first is the one before.
			toJSON: () =>
				asked++ ? { ...system, version: "0.1.5", firmware: { ...system.firmware, slot: "ota_1" } } : system,
		});
		const { code, text } = await run("update", fileOf("firmware.bin", makeFirmware()), "--gateway", address);
		expect(text).toContain("says that it is 0.1.5, and was signed as 0.2.0");
		expect(code).toBe(1);
	});

	it("wants a file and a token", async () => {
		expect(await run("update")).toMatchObject({ code: 2, text: expect.stringContaining("one firmware file") });
	});
});
