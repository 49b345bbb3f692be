/** A publisher's models on the gateway: signed by the command, loaded by a token that may only train. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { Fleet } from "../../tools/simulator/fleet";
import { makeFile } from "./model-files";
import { freePort } from "./ports";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
let directory: string;
let fleet: Fleet;
let trainer: string;

beforeAll(async () => {
	await buildEngine();
	directory = await mkdtemp(join(tmpdir(), "tmlaas-publishers-"));
	fleet = await Fleet.start({ build: "release", port: await freePort(), speed: 4, wearables: [] });
	const added = (await fleet.client.request("POST", "/api/v1/tokens", { name: "trainer", scope: "train" })) as {
		token: string;
	};
	trainer = added.token;
});
afterAll(async () => {
	await fleet?.close();
	await rm(directory, { recursive: true, force: true });
});

async function command(
	name: string,
	parameters: string[],
	token = fleet.token,
): Promise<{ code: number; text: string }> {
	const node = [join(root, "tools/cli/setup.mjs"), name, ...parameters, "--gateway", fleet.address, "--token", token];
	const result = run(process.execPath, node, { cwd: root });
	return await result.then(
		({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
		(error: { code: number; stdout: string; stderr: string }) => ({
			code: error.code,
			text: error.stdout + error.stderr,
		}),
	);
}

it("go live by a token that may train, and unsigned or altered ones do not", { timeout: 120_000 }, async () => {
	const at = (name: string) => join(directory, name);
	const key = at("publisher.pem");
	await writeFile(at("model.tflite"), await makeFile({ version: "2.0.0", seed: 1 }));
	const serving = async () =>
		((await fleet.client.request("GET", "/v2/models/gesture")) as { versions: string[] }).versions[0];

	const unsigned = await command("deploy", [at("model.tflite")], trainer);
	expect(unsigned).toMatchObject({ code: 1, text: expect.stringContaining("not signed") });
	expect(await serving()).toBe("1.0.0");

	expect(await command("sign", ["--key", key, "--new"])).toMatchObject({ code: 0 });
	await writeFile(at("signed.tflite"), await makeFile({ version: "2.1.0", seed: 2 }));
	expect(await command("sign", [at("signed.tflite"), "--key", key])).toMatchObject({ code: 0 });

	const stranger = await command("deploy", [at("signed.tflite")]);
	expect(stranger).toMatchObject({ code: 1, text: expect.stringContaining("no publisher") });
	expect(await command("sign", ["--key", key, "--trust", "lab"])).toMatchObject({ code: 0 });
	expect(await command("deploy", [at("signed.tflite")], trainer)).toMatchObject({ code: 0 });
	expect(await serving()).toBe("2.1.0");

	await writeFile(at("altered.tflite"), await makeFile({ version: "2.2.0", seed: 3 }));
	await command("sign", [at("altered.tflite"), "--key", key]);
	const bytes = await readFile(at("altered.tflite"));
	const place = bytes.indexOf("scores");
	bytes[place]! ^= 1;
	await writeFile(at("altered.tflite"), bytes);
	expect(await command("deploy", [at("altered.tflite")])).toMatchObject({ code: 1 });
	expect(await serving()).toBe("2.1.0");
});
