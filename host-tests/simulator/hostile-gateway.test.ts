/** What commands make of a server that is no gateway, or a hostile one: an error in words within bounded time. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Gateway, RefusedError, UnreachableError } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { root } from "../../tools/simulator/paths";
import { makeFirmware } from "../unit/gateway/update/images";

let server: Server | undefined;

afterEach(() => {
	server?.closeAllConnections();
	server?.close();
});

async function serve(listener: RequestListener): Promise<Gateway> {
	server = createServer(listener);
	// Without an event of its own for Expect: 100-continue Node answers it.
	await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return new Gateway({ address: new URL(`http://127.0.0.1:${port}`), token: "t" });
}

const failure = (action: Promise<unknown>): Promise<unknown> =>
	action.then(
		() => undefined,
		(error: unknown) => error,
	);

describe("an answer", () => {
	it("that drips for ever is given up, in its body and in its head", async () => {
		const timers: NodeJS.Timeout[] = [];
		let gateway = await serve((_request, response) => {
			response.writeHead(200);
			timers.push(setInterval(() => response.write(" "), 50));
		});
		const exchange = () => gateway.exchange({ method: "GET", path: "/", timeout: 200 });
		const late = expect.objectContaining({ message: expect.stringContaining("takes too long") });
		expect(await failure(exchange())).toEqual(late);
		server!.closeAllConnections();
		server!.close();
		gateway = await serve((request) => {
			request.socket.write("HTTP/1.1 200 OK\r\nX-Long: ");
			timers.push(setInterval(() => request.socket.write("x"), 50));
		});
		expect(await failure(exchange())).toEqual(late);
		for (const timer of timers) clearInterval(timer);
	});

	it("without end is not kept", async () => {
		const part = Buffer.alloc(1 << 20, "[");
		let sent = 0;
		const gateway = await serve((_request, response) => {
			const more = () => {
				while (sent < 1000 && !response.destroyed && response.write(part)) sent++;
				response.once("drain", more);
			};
			more();
		});
		const error = await failure(gateway.stock());
		expect(error).toBeInstanceOf(UnreachableError);
		expect((error as Error).message).toContain("has no end");
		expect(sent).toBeLessThan(50);
	});

	it.each([
		"<html>",
		"[]",
		"{}",
		"null",
		'{"models":[null],"memory":{},"flash":{}}',
		'{"models":{},"memory":{},"flash":{}}',
		'{"models":[{"name":"a"}],"memory":{},"flash":{}}',
		'{"models":[],"memory":{"total":"much"},"flash":{}}',
	])("that says %s is no gateway's", async (text) => {
		const gateway = await serve((_request, response) => response.end(text));
		const error = await failure(gateway.stock());
		expect(error).toBeInstanceOf(RefusedError);
		expect((error as Error).message).toContain("is no gateway");
	});

	it("that leads elsewhere is not followed", async () => {
		let asked = 0;
		const gateway = await serve((_request, response) => {
			asked++;
			response.writeHead(307, { location: "/elsewhere" }).end();
		});
		expect(await failure(gateway.stock())).toMatchObject({ problem: { status: 307 } });
		expect(asked).toBe(1);
	});

	it("cannot take hold of the terminal", async () => {
		const detail = `\u001b[2J\u001b]0;title\u0007no\r\nroom \u202e${"x".repeat(5000)}`;
		const gateway = await serve((_request, response) =>
			response.writeHead(507).end(JSON.stringify({ detail, store: { needed: "\u001b[31m" } })),
		);
		const error = (await failure(gateway.stock())) as RefusedError;
		expect(error.message).toMatch(/^\?\[2J\?\]0;title\?no\?\?room \?x+ …$/);
		expect(error.message.length).toBeLessThan(1100);
		expect(error.problem.store).toEqual({ needed: "?[31m" });
	});
});

describe("an upload", () => {
	const content = new Uint8Array(1000);

	/** The error, and how long it would have waited. */
	async function upload(listener: RequestListener): Promise<{ error: unknown; waits: number[] }> {
		const gateway = await serve(listener);
		const waits: number[] = [];
		const error = await failure(
			uploadModel({
				...{ gateway, name: "a", version: "1", content, onProgress() {}, onRetry() {} },
				async sleep(milliseconds) {
					waits.push(milliseconds);
				},
			}),
		);
		return { error, waits };
	}

	it.each(["-5", "1e9", "nonsense", "99999999999999999999", ""])(
		"whose offset is said to be %j begins anew, and ends",
		async (offset) => {
			const offsets: unknown[] = [];
			const { error, waits } = await upload((request, response) => {
				if ("HEAD" === request.method)
					response.writeHead(204, { "upload-offset": offset, "repr-digest": digest, "upload-complete": "?0" }).end();
				else {
					offsets.push([request.method, request.headers["content-length"]]);
					request.resume();
					response.writeHead(503, { "retry-after": "1e9" }).end();
				}
			});
			expect(error).toBeInstanceOf(UnreachableError);
			expect(offsets).toEqual(Array(7).fill(["PUT", "1000"]));
			expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
		},
	);

	it("that goes back and forth makes no progress, and ends", async () => {
		let asked = 0;
		const { error } = await upload((request, response) => {
			request.resume();
			const headers = { "upload-offset": asked++ % 2 ? "0" : "500", "repr-digest": digest, "upload-complete": "?0" };
			response.writeHead("HEAD" === request.method ? 204 : 409, headers).end();
		});
		expect(error).toBeInstanceOf(UnreachableError);
		expect(asked).toBeLessThan(40);
	});

	it("of which all is stored but not yet compared is finished, not taken for complete", async () => {
		const seen: string[] = [];
		const { error } = await upload((request, response) => {
			request.resume();
			seen.push(`${request.method} ${request.headers["upload-offset"] ?? ""}`);
			if ("HEAD" === request.method)
				response.writeHead(204, { "upload-offset": "1000", "repr-digest": digest, "upload-complete": "?0" }).end();
			else if ("PUT" === request.method) response.writeHead(503).end();
			else response.writeHead(201).end();
		});
		expect(error).toBeUndefined();
		expect(seen).toEqual(["PUT ", "HEAD ", "PATCH 1000"]);
	});
});

/** Of a thousand zeros. */
const digest = "sha-256=:VBs+naoJsgv4X6Jz5cvT6AGFqk7CmOdl24d0K3ATilM=:";

describe("an update", () => {
	const system = (version: string, slot: string) =>
		JSON.stringify({
			...{ version, mode: "serve", uptime: 1 },
			firmware: { slot, state: "valid", confirmIn: null, room: 1_000_000, last: null },
		});
	const content = makeFirmware();

	/** What the command says, and its code. */
	async function update(listener: RequestListener): Promise<{ code: number; text: string }> {
		const { address } = await serve(listener);
		const folder = mkdtempSync(join(tmpdir(), "update-test-"));
		const file = join(folder, "gateway.bin");
		writeFileSync(file, content);
		const child = spawn(
			process.execPath,
			["--import", "tsx", "tools/cli/update.ts", file, "--gateway", address.origin, "--token", "t"],
			{ cwd: root, env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tools/tsconfig.json") } },
		);
		let text = "";
		for (const stream of [child.stdout, child.stderr])
			stream.on("data", (part) => {
				text += part;
			});
		const code = await new Promise<number>((resolve) => child.on("close", resolve));
		rmSync(folder, { recursive: true });
		return { code, text };
	}

	it("after which the gateway has no time to answer at first – waits for it", async () => {
		const answers: [number, string][] = [
			[200, system("0.1.0", "ota_0")],
			[503, '{"detail":"later"}'],
			[429, '{"detail":"later"}'],
			[200, system("0.2.0", "ota_1")],
		];
		const { code, text } = await update((request, response) => {
			if ("GET" === request.method) {
				const [status, body] = answers.shift()!;
				response.writeHead(status).end(body);
			} else request.resume().on("end", () => response.writeHead(202).end("{}"));
		});
		expect(text).toContain("0.2.0 has served for a minute");
		expect(code).toBe(0);
		expect(answers).toEqual([]);
	});

	it("whose connection breaks before the answer – says what may have become of it, and what to do", async () => {
		let received = 0;
		const { code, text } = await update((request, response) => {
			if ("GET" === request.method) {
				response.end(system("0.1.0", "ota_0"));
				return;
			}
			request.on("data", (part: Buffer) => {
				received += part.length;
			});
			request.on("end", () => request.socket.destroy());
		});
		expect(received).toBe(content.length);
		expect(code).toBe(1);
		expect(text).toContain("0.1.0 runs on, unless all of the file was there: the same command once more");
	});
});
