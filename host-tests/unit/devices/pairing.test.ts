import { createHash } from "node:crypto";
import type { Scope } from "gateway/web/route";
import { describe, expect, test } from "vitest";
import { call, refusal } from "../inference/client";
import { Bench } from "./bench";

const token = (number: number) => number.toString(16).padStart(32, "0");

/** The API as a device and an operator use it. */
class Client extends Bench {
	// biome-ignore lint/suspicious/noExplicitAny: tests look into it as it comes.
	send(method: string, path: string, body?: unknown, scope?: Scope): { status: number; json: any } {
		const text = undefined === body ? "" : "string" === typeof body ? body : JSON.stringify(body);
		const response = call(this.routes, method, path, { body: text, ...(scope ? { scope } : {}) });
		const { texts } = response;
		const answer = texts ? [...{ [Symbol.iterator]: () => texts }].join("") : (response.body as string | undefined);
		return { status: response.status, json: answer ? JSON.parse(answer) : undefined };
	}

	join(id: string, number: number, name = id) {
		return this.send("POST", "/api/v1/join", { id, name, firmware: "0.1.0", token: token(number) });
	}

	poll(id: string, number: number) {
		return this.send("POST", `/api/v1/join/${id}`, { token: token(number) });
	}

	open(open = true) {
		return this.send("POST", "/api/v1/pairing", { open }, "admin");
	}

	answer(id: string, answer: "accept" | "refuse") {
		return this.send("POST", `/api/v1/pairing/${id}/${answer}`, {}, "admin");
	}

	state() {
		return this.send("GET", "/api/v1/pairing", undefined, "infer").json;
	}

	devices() {
		return this.send("GET", "/api/v1/devices", undefined, "infer").json;
	}
}

const status = (action: () => unknown) => refusal(action).status;

describe("pairing", () => {
	test("a device asks, the operator compares the code and accepts, the device fetches its key and uses it", () => {
		const client = new Client();
		expect(status(() => client.join("w-1", 1))).toBe(403);
		expect(client.open().json).toEqual({ open: true, remaining: 120, requests: [] });
		const { status: asked, json } = client.join("w-1", 1, "Erste Uhr");
		expect(asked).toBe(202);
		const digest = createHash("sha256").update(token(1)).digest();
		expect(json.code).toBe(String(digest.readUInt32BE() % 10000).padStart(4, "0"));
		expect(client.state().requests).toEqual([{ id: "w-1", name: "Erste Uhr", code: json.code, firmware: "0.1.0" }]);
		expect(client.poll("w-1", 1)).toEqual({ status: 202, json: {} });
		expect(client.devices()).toEqual([]);
		expect(client.answer("w-1", "accept").status).toBe(204);
		expect(client.state().requests).toEqual([]);
		expect(client.devices()).toMatchObject([
			{ id: "w-1", name: "Erste Uhr", windows: 0, lastSeen: null, result: null },
		]);
		const { key } = client.poll("w-1", 1).json;
		expect(key).toMatch(/^[0-9a-f]{64}$/);
		expect(client.poll("w-1", 1).json).toEqual({ key });
		client.authenticate(new Uint8Array(Buffer.from(key, "hex")), { id: "w-1", counter: "1" });
		expect(status(() => client.poll("w-1", 1))).toBe(404);
	});

	test("it closes after two minutes of virtual time, and viewers are told", () => {
		const client = new Client();
		client.open();
		client.join("w-1", 1);
		client.now += 119_999;
		expect(client.state()).toMatchObject({ open: true, remaining: 1 });
		client.now += 1;
		client.events.length = 0;
		client.pairing.tick(client.now);
		expect(client.events).toEqual(["pairing"]);
		expect(client.state()).toEqual({ open: false, remaining: 0, requests: [] });
		expect(status(() => client.join("w-2", 2))).toBe(403);
		expect(status(() => client.poll("w-1", 1))).toBe(404);
		expect(status(() => client.answer("w-1", "accept"))).toBe(404);
		expect(client.devices()).toEqual([]);
	});

	test("time alone closes it, whoever comes next", () => {
		for (const late of [
			(client: Client) => client.join("w-2", 2),
			(client: Client) => client.answer("w-1", "accept"),
			(client: Client) => client.answer("w-1", "refuse"),
			(client: Client) => client.poll("w-1", 1),
		]) {
			const client = new Client();
			client.open();
			client.join("w-1", 1);
			client.now += 120_000;
			expect([403, 404]).toContain(status(() => late(client)));
		}
	});

	test("what was accepted may still be fetched for two minutes after pairing was closed, by its token only", () => {
		const client = new Client();
		client.open();
		client.join("w-1", 1);
		client.answer("w-1", "accept");
		client.open(false);
		expect(status(() => client.poll("w-1", 2))).toBe(404);
		expect(client.poll("w-1", 1).status).toBe(200);
		client.now += 120_000;
		expect(status(() => client.poll("w-1", 1))).toBe(404);
	});

	test("a refused device is told so, and is not known", () => {
		const client = new Client();
		client.open();
		client.join("w-1", 1);
		expect(client.answer("w-1", "refuse").status).toBe(204);
		expect(status(() => client.poll("w-1", 1))).toBe(403);
		expect(client.devices()).toEqual([]);
		expect(client.join("w-1", 1).status).toBe(202);
		expect(client.state().requests).toHaveLength(1);
	});

	test("asking again with the same token changes nothing; with another it is a conflict", () => {
		const client = new Client();
		client.open();
		const { code } = client.join("w-1", 1).json;
		expect(client.join("w-1", 1).json).toEqual({ code });
		expect(status(() => client.join("w-1", 2))).toBe(409);
		expect(client.state().requests).toMatchObject([{ id: "w-1", code }]);
		expect(status(() => client.poll("w-1", 2))).toBe(404);
	});

	test("nobody takes the place of a device that was accepted and has not fetched its key", () => {
		const client = new Client();
		client.open();
		client.join("w-1", 1);
		client.answer("w-1", "accept");
		expect(status(() => client.join("w-1", 2))).toBe(409);
		expect(client.state().requests).toEqual([]);
		expect(client.poll("w-1", 1).status).toBe(200);
		// It may have lost its power before it stored the key.
		expect(client.join("w-1", 3).status).toBe(202);
	});

	test("a device that lost its token after it was accepted may join once the operator removes it", () => {
		const client = new Client();
		client.open();
		client.join("w-1", 1);
		client.answer("w-1", "accept");
		client.send("DELETE", "/api/v1/devices/w-1", undefined, "admin");
		expect(client.join("w-1", 2).status).toBe(202);
	});

	test("eight wait at most; the ninth is told when to come again", () => {
		const client = new Client();
		client.open();
		for (let i = 1; i <= 8; i++) client.join(`w-${i}`, i);
		const error = refusal(() => client.join("w-9", 9));
		expect(error.status).toBe(503);
		expect(error.headers).toHaveProperty("retry-after");
		client.answer("w-1", "accept");
		expect(client.join("w-9", 9).status).toBe(202);
	});

	test("refused ones are remembered eight at most", () => {
		const client = new Client();
		client.open();
		for (let i = 1; i <= 12; i++) {
			client.join(`w-${i}`, i);
			client.answer(`w-${i}`, "refuse");
		}
		expect(status(() => client.poll("w-4", 4))).toBe(404);
		expect(status(() => client.poll("w-5", 5))).toBe(403);
	});

	test("32 devices fit; the 33rd stays without a key", () => {
		const client = new Client();
		client.open();
		for (let i = 1; i <= 32; i++) {
			client.join(`w-${i}`, i);
			client.answer(`w-${i}`, "accept");
		}
		client.join("w-33", 33);
		expect(status(() => client.answer("w-33", "accept"))).toBe(409);
		expect(client.poll("w-33", 33).status).toBe(202);
		expect(client.devices()).toHaveLength(32);
		client.send("DELETE", "/api/v1/devices/w-1", undefined, "admin");
		expect(client.answer("w-33", "accept").status).toBe(204);
	});

	test("a device that joins anew has a new key, its counts stay, its old key is worthless", () => {
		const client = new Client();
		client.open();
		client.join("w-1", 1);
		client.answer("w-1", "accept");
		const first = new Uint8Array(Buffer.from(client.poll("w-1", 1).json.key, "hex"));
		client.authenticate(first, { id: "w-1", counter: "1000" });
		client.registry.get("w-1")!.windows = 7;
		client.join("w-1", 2);
		client.answer("w-1", "accept");
		const second = new Uint8Array(Buffer.from(client.poll("w-1", 2).json.key, "hex"));
		expect(second).not.toEqual(first);
		expect(status(() => client.authenticate(first, { id: "w-1", counter: "2000" }))).toBe(401);
		expect(client.authenticate(second, { id: "w-1", counter: "1" }).windows).toBe(7);
	});

	test.each<[string, unknown]>([
		["no id", { name: "x", token: token(1) }],
		["an id with a slash", { id: "a/b", name: "x", token: token(1) }],
		["an id of capitals", { id: "A", name: "x", token: token(1) }],
		["an id of 16 characters", { id: "a".repeat(16), name: "x", token: token(1) }],
		["__proto__ as id", { id: "__proto__", name: "x", token: token(1) }],
		["no name", { id: "a", token: token(1) }],
		["an empty name", { id: "a", name: "", token: token(1) }],
		["a name of 33 characters", { id: "a", name: "x".repeat(33), token: token(1) }],
		["a name with a line feed", { id: "a", name: "x\ny", token: token(1) }],
		["a name with a C1 control", { id: "a", name: "x\u0085y", token: token(1) }],
		["no token", { id: "a", name: "x" }],
		["a short token", { id: "a", name: "x", token: "12" }],
		["a token of capitals", { id: "a", name: "x", token: "A".repeat(32) }],
		["a firmware of 25 characters", { id: "a", name: "x", firmware: "1".repeat(25), token: token(1) }],
		["a firmware that is no ASCII", { id: "a", name: "x", firmware: "é", token: token(1) }],
		["an id that is no text", { id: 1, name: "x", token: token(1) }],
		["no object", []],
		["no JSON", "id=a"],
		["nothing", ""],
		["two ids", `{"id":"a","id":"b","name":"x","token":"${token(1)}"}`],
	])("400 for %s", (_name, body) => {
		const client = new Client();
		client.open();
		expect(status(() => client.send("POST", "/api/v1/join", body))).toBe(400);
		expect(client.state().requests).toEqual([]);
	});

	test("case 18: names are data, whatever they look like, and come back as they were", () => {
		const client = new Client();
		client.open();
		const names = [
			'<img src=x onerror="alert(1)">',
			"Käthes Uhr ⌚😀",
			"\"'`\\</script>",
			"\u202eabc",
			"😀".repeat(32),
		];
		for (const [index, name] of names.entries()) {
			client.join(`w-${index}`, index, name);
			client.answer(`w-${index}`, "accept");
		}
		expect(client.devices().map((device: { name: string }) => device.name)).toEqual(names);
		const restarted = new Bench(client.store);
		expect([...restarted.registry.values()].map(({ name }) => name)).toEqual(names);
	});

	test("what changes devices or pairing needs the scope admin; joining needs none, reading the least", () => {
		const scopes = Object.fromEntries(
			new Client().routes.map(({ method, path, scope }) => [`${method} ${path.slice(8)}`, scope]),
		);
		expect(scopes).toEqual({
			"GET devices": "infer",
			"PATCH devices/*": "admin",
			"DELETE devices/*": "admin",
			"GET pairing": "infer",
			"POST pairing": "admin",
			"POST pairing/*/accept": "admin",
			"POST pairing/*/refuse": "admin",
			"POST join": undefined,
			"POST join/*": undefined,
		});
	});

	test("400 when it is not said whether to open", () => {
		const client = new Client();
		for (const body of ["", "{}", '{"open":1}', "true"])
			expect(status(() => client.send("POST", "/api/v1/pairing", body, "admin"))).toBe(400);
	});
});

describe("devices", () => {
	const known = () => {
		const client = new Client();
		client.registry.admit("w-1", "One", "0.1.0", new Uint8Array(32).fill(1));
		return client;
	};

	test("renaming is persistent and told to viewers", () => {
		const client = known();
		const renamed = client.send("PATCH", "/api/v1/devices/w-1", { name: "Zwei" }, "admin");
		expect(renamed).toMatchObject({ status: 200, json: { id: "w-1", name: "Zwei" } });
		expect(client.events).toEqual(["changed w-1"]);
		expect(new Bench(client.store).registry.get("w-1")!.name).toBe("Zwei");
		for (const name of ["", "x".repeat(33), "a\u0007", 5, undefined])
			expect(status(() => client.send("PATCH", "/api/v1/devices/w-1", { name }, "admin"))).toBe(400);
		expect(status(() => client.send("PATCH", "/api/v1/devices/w-2", { name: "x" }, "admin"))).toBe(404);
	});

	test("a removed device is a stranger, also after a restart", () => {
		const client = known();
		expect(client.send("DELETE", "/api/v1/devices/w-1", undefined, "admin").status).toBe(204);
		expect(client.events).toEqual(["removed w-1"]);
		expect(client.devices()).toEqual([]);
		expect(status(() => client.send("DELETE", "/api/v1/devices/w-1", undefined, "admin"))).toBe(404);
		expect(status(() => client.authenticate(new Uint8Array(32).fill(1), { id: "w-1", counter: "1" }))).toBe(401);
		expect(new Bench(client.store).registry.size).toBe(0);
	});

	test("no answer holds a key", () => {
		const client = known();
		expect(JSON.stringify(client.devices())).not.toContain("01".repeat(32));
		expect(Object.keys(client.devices()[0]).sort()).toEqual(
			["battery", "firmware", "id", "lastSeen", "name", "rate", "rejected", "result", "signal", "windows"].sort(),
		);
	});
});
