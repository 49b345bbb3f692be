/** Uploads, models, exports and devices at once, over and over: nothing is used up, and nothing ends the gateway. */
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway, RefusedError, UnreachableError } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { buildPage } from "../../tools/page/build";
import { compiles32Bit } from "../../tools/simulator/build";
import { Fleet } from "../../tools/simulator/fleet";
import { DeviceClient } from "../device-client";
import { makeFile, makeWindow } from "./model-files";
import { freePort } from "./ports";

/** As many as the heap is sized for with all of this at once; SECURITY.md says what 32 may cost. */
const devices = 32;
const duration = Number(process.env.SIEGE ?? 8) * 1000;
/** Uploads that break off; `ABORTS` in the environment asks for more or fewer. */
const aborts = Number(process.env.ABORTS ?? 200);

let fleet: Fleet;
let port: number;
let gateway: Gateway;
let ended = "";

beforeAll(async () => {
	await Promise.all([buildPage(), buildEngine()]);
	port = await freePort();
	// With the device's slots the heap is as tight as the device's.
	const build = (await compiles32Bit()) ? "release32" : "release";
	fleet = await Fleet.start({ build, port, wearables: [] });
	fleet.simulator.on("exit", ({ cause, stack }) => {
		ended = `${cause}${stack}`;
	});
	gateway = new Gateway({ address: new URL(fleet.address), token: fleet.token });
});

afterAll(() => fleet?.close());

/** Sends text and bytes on a connection of its own, which stays open. */
function open(...parts: (string | Uint8Array)[]): Socket {
	const socket = connect(port, "127.0.0.1");
	socket.on("error", () => {});
	for (const part of parts) socket.write(part);
	return socket;
}

const status = (socket: Socket): Promise<string> =>
	new Promise((resolve) => {
		socket.once("data", (data) => resolve(data.toString("latin1").slice(9, 12)));
		socket.once("close", () => resolve("closed"));
	});

const head = (method: string, path: string, fields: string) =>
	`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${fleet.token}\r\n${fields}\r\n\r\n`;

const content = (name: string, version: string) => `/v2/repository/models/${name}/versions/${version}/content`;
const digest = `Repr-Digest: sha-256=:${Buffer.alloc(32, 1).toString("base64")}:`;
const octets = `Content-Type: application/octet-stream\r\n${digest}`;

const put = (path: string, length: number | string) => head("PUT", path, `${octets}\r\nContent-Length: ${length}`);

it(`${aborts} uploads that break off leave nothing behind`, async () => {
	const before = (await gateway.stock()).flash.available;
	for (let i = 0; i < aborts; i++) {
		const socket = open(put(content("broken", `1.${i}`), 60_000), Buffer.alloc((i * 997) % 9000));
		await wait(i % 3);
		socket.destroy();
	}
	expect(ended).toBe("");
	const stock = await gateway.stock();
	// One may be gone on with; the next upload takes its place.
	expect(stock.models.filter(({ factory }) => !factory).length).toBeLessThanOrEqual(1);
	for (const { name, version, factory } of stock.models)
		if (!factory) await gateway.request("DELETE", content(name, version));
	expect((await gateway.stock()).flash.available).toBe(before);
}, 120_000);

it.each([
	["-1", "400"],
	["+5", "400"],
	["9007199254740992", "400"],
	["2147483648", "413"],
	["2147483647", "413"],
	["524033", "413"],
])("an upload of %s bytes: %s before it is sent", async (length, expected) => {
	const socket = open(put(content("gesture", "2.0.0"), length));
	expect(await status(socket)).toBe(expected);
	socket.destroy();
});

it.each([
	["an offset below 0", "Upload-Offset: -1"],
	["an offset of 2^53", "Upload-Offset: 9007199254740992"],
	["an offset that is none", "Upload-Offset: 0x10"],
	["no offset", "X: y"],
	["a part that is neither", "Upload-Offset: 0\r\nUpload-Complete: 1"],
])("PATCH with %s: 400 or 404", async (_what, field) => {
	const fields = `Content-Type: application/partial-upload\r\n${field}\r\nContent-Length: 10`;
	expect(["400", "404"]).toContain(await status(open(head("PATCH", content("gesture", "2.0.0"), fields))));
});

it.each([
	["a name with a dot-dot", content("%2e%2e", "1.0.0")],
	["a name with a NUL", content("a%00b", "1.0.0")],
	["a name with a slash", content("a%2fb", "1.0.0")],
	["a name with CRLF", content("a%0d%0aX:y", "1.0.0")],
	["a name of 33 characters", content("n".repeat(33), "1.0.0")],
	["an empty version", content("gesture", "")],
	["a version with build data", content("gesture", "1.0.0-rc.1+x")],
	["a version of overlong UTF-8", content("gesture", "%c0%ae")],
])("%s: refused before it is sent", async (_what, path) => {
	expect(["400", "404"]).toContain(await status(open(put(path, 5000))));
	expect((await gateway.stock()).models.every(({ factory }) => factory)).toBe(true);
});

it.each([
	"sha-256=:AAAA:",
	"sha-256=::",
	`sha-256=:${"A".repeat(44)}:`,
	`sha-512=:${"A".repeat(86)}==:`,
	",,,,,,,,,,",
	"sha-256",
	`sha-256=:${"!".repeat(43)}=:`,
])("Repr-Digest %s: 400", async (field) => {
	const fields = `Content-Type: application/octet-stream\r\nRepr-Digest: ${field}\r\nContent-Length: 10`;
	expect(await status(open(head("PUT", content("gesture", "2.0.0"), fields)))).toBe("400");
});

it("lives with 32 devices, 3 viewers, 4 models, slow exports, slow uploads and models that come and go", async () => {
	await fleet.client.openPairing();
	const clients: DeviceClient[] = [];
	for (let i = 1; i <= devices; i++) {
		const device = new DeviceClient({ id: `d-${i}`, address: fleet.address });
		await device.join(() => fleet.client.accept(device.id));
		clients.push(device);
	}
	const label = "ü".repeat(16);
	const record = async () => {
		for (let i = 1; i <= 8; i++)
			await gateway.request("PUT", `/api/v1/captures/recordings/d-${i}`, { label, count: 1000 });
	};
	await record();
	const upload = async (name: string, version: string, seed: number) => {
		const file = await makeFile({ name, version, seed });
		await uploadModel({ gateway, name, version, content: file, onProgress() {}, onRetry() {}, sleep: () => wait(50) });
	};
	const load = (name: string, version: string, shadow = false) =>
		gateway.request("POST", `/v2/repository/models/${name}/load`, { parameters: { version, shadow } });
	for (const name of ["wand", "strap"]) {
		await upload(name, "1.0.0", 1);
		await load(name, "1.0.0");
	}
	await upload("gesture", "1.0.1", 2);
	await load("gesture", "1.0.1", true);
	// As many versions as the index has room for.
	for (let i = 0; i < 10; i++) await upload("n".repeat(32), `1.0.${i}-${"v".repeat(24)}`, i);
	const viewers = [1, 2, 3].map((i) => {
		const viewer = open(head("GET", "/api/v1/events", "X: y"));
		if (1 === i) viewer.resume();
		return viewer;
	});
	const end = Date.now() + duration;
	const refusals = new Map<string, number>();
	let windows = 0;
	const going = () => Date.now() < end && "" === ended;
	const loop = async (action: () => Promise<unknown>) => {
		while (going())
			await action().catch((error: unknown) => {
				if (!(error instanceof RefusedError || error instanceof UnreachableError)) throw error;
				refusals.set(error.message, 1 + (refusals.get(error.message) ?? 0));
			});
	};
	const get = (path: string) => gateway.exchange({ method: "GET", path });
	const tasks: Promise<void>[] = [
		...clients.map(async (device, i) => {
			for (let number = 1; going(); number++) {
				const answer = await device.infer(makeWindow(i), number).catch(() => undefined);
				if (200 === answer?.status) windows++;
				else if (answer) refusals.set(`window ${answer.status}`, 1 + (refusals.get(`window ${answer.status}`) ?? 0));
			}
		}),
		// Exports that are read a little, and then not at all.
		loop(async () => {
			const socket = open(head("GET", "/api/v1/captures/windows", "X: y"));
			await status(socket);
			socket.pause();
			await wait(300);
			socket.destroy();
		}),
		loop(() => get(`/api/v1/captures/windows?format=csv&label=${encodeURIComponent(label)}`)),
		loop(async () => {
			await get("/api/v1/models");
			await get("/v2/models/gesture/shadow");
			await gateway.request("POST", "/v2/repository/index", {});
			await get(content("wand", "1.0.0"));
		}),
		// Uploads that come a byte at a time.
		loop(async () => {
			const socket = open(put(content("slow", "1"), 50_000));
			for (let i = 0; i < 20; i++) {
				socket.write("x");
				await wait(20);
			}
			socket.destroy();
		}),
		loop(async () => {
			await gateway.request("DELETE", "/api/v1/captures/windows");
			await wait(700);
			await record();
		}),
		(async () => {
			for (let i = 2; going(); i++)
				await (async () => {
					const version = `1.0.${i}`;
					await upload("gesture", version, i);
					await load("gesture", version, true);
					await load("gesture", version);
					await gateway.request("DELETE", content("gesture", `1.0.${i - 2}`));
				})().catch((error: unknown) => {
					if (!(error instanceof RefusedError || error instanceof UnreachableError)) throw error;
					refusals.set(error.message, 1 + (refusals.get(error.message) ?? 0));
				});
		})(),
	];
	await Promise.all(tasks);
	for (const viewer of viewers) viewer.destroy();
	for (const device of clients) device.close();
	console.log(`${windows} windows; refused: ${JSON.stringify([...refusals])}`);
	expect(ended).toBe("");
	expect(windows).toBeGreaterThan(devices);
	expect((await fetch(`${fleet.address}/v2/health/ready`)).status).toBe(200);
}, 180_000);
