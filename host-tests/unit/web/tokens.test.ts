import { createHash } from "node:crypto";
import { Tokens } from "gateway/web/tokens";
import { expect, test } from "vitest";
import { Gateway, MemoryStorage, request } from "./gateway";

function sha256() {
	const hash = createHash("sha256");
	return {
		write: (data: Uint8Array) => void hash.update(data),
		close: () => Uint8Array.from(hash.digest()).buffer as ArrayBuffer,
	};
}

const create = (storage: MemoryStorage) =>
	new Tokens({
		storage,
		hash: sha256,
		random: (bytes) => bytes.fill(0xab),
		now: () => 0,
		gateway: { name: "gateway", version: "0.1.0" },
	});

const authorized = (token: string) => ({ Authorization: `Bearer ${token}` });
const json = { "Content-Type": "application/json" };

test("only the digest of a token is stored, and it is known again after a restart", () => {
	const storage = new MemoryStorage();
	const tokens = create(storage);
	expect(tokens.empty).toBe(true);
	const token = tokens.add("admin", "admin");
	expect(token).toBe("ab".repeat(16));
	expect(storage.read("admin")).toBe(`admin:${createHash("sha256").update(token).digest("hex")}`);
	expect(create(storage).empty).toBe(false);
	expect(tokens.add("admin", "infer", "given from outside")).toBe("given from outside");
	expect(storage.read("admin")).toBe(`infer:${createHash("sha256").update("given from outside").digest("hex")}`);
});

test("it is known whether one was used since the start", () => {
	const storage = new MemoryStorage();
	const token = create(storage).add("operator", "admin");
	const tokens = create(storage);
	const come = (authorization: string) =>
		tokens.authorize({ headers: new Map([["authorization", authorization]]), remoteAddress: "", path: "/" } as never);
	expect(tokens.used).toBe(false);
	expect(come(`Bearer ${token}x`)?.status).toBe(401);
	expect(tokens.used).toBe(false);
	expect(come(`Bearer ${token}`)).toBeUndefined();
	expect(tokens.used).toBe(true);
});

test("stored values that are no tokens are passed over", () => {
	const storage = new MemoryStorage();
	for (const value of ["", "admin", "admin:12", `root:${"ab".repeat(32)}`, `admin:${"AB".repeat(32)}`])
		storage.write(`t${value.length}`, value);
	expect(create(storage).empty).toBe(true);
});

test("a stored value that is no text is passed over, and the others are known", () => {
	class MixedStorage extends MemoryStorage {
		override read(key: string): string | undefined {
			if ("number" === key) throw new TypeError("mismatch");
			return super.read(key);
		}
	}
	const storage = new MixedStorage();
	storage.write("number", "5");
	expect(create(storage).empty).toBe(true);
	create(storage).add("admin", "admin");
	expect(create(storage).empty).toBe(false);
});

test("infer ⊂ train ⊂ admin", async () => {
	const gateway = new Gateway([
		{ method: "POST", path: "/infer", scope: "infer", handle: () => ({ status: 204 }) },
		{ method: "POST", path: "/train", scope: "train", handle: () => ({ status: 204 }) },
		{ method: "POST", path: "/admin", scope: "admin", handle: () => ({ status: 204 }) },
	]);
	const infer = gateway.tokens.add("viewer", "infer");
	const train = gateway.tokens.add("trainer", "train");
	const statuses = async (token?: string) => {
		const headers = undefined === token ? {} : authorized(token);
		return [
			(await gateway.ask(request("POST", "/infer", headers))).status,
			(await gateway.ask(request("POST", "/train", headers))).status,
			(await gateway.ask(request("POST", "/admin", headers))).status,
		];
	};
	expect(await statuses(infer)).toEqual([204, 403, 403]);
	expect(await statuses(train)).toEqual([204, 204, 403]);
	expect(await statuses(gateway.admin)).toEqual([204, 204, 204]);
	expect(await statuses()).toEqual([401, 401, 401]);
});

test("the scheme is read in any case, and other schemes are wrong", async () => {
	const gateway = new Gateway();
	const session = (Authorization: string) => gateway.ask(request("GET", "/api/v1/session", { Authorization }));
	const reply = await session(`bEARER ${gateway.admin}`);
	expect(JSON.parse(reply.text)).toEqual({ scope: "admin", gateway: { name: "gateway", version: "0.1.0" } });
	for (const wrong of [`Basic ${gateway.admin}`, gateway.admin, "Bearer", "Bearer ", `Bearer ${gateway.admin}x`])
		expect((await session(wrong)).status).toBe(401);
});

test("an admin lists, makes and deletes tokens; a deleted one is wrong at once", async () => {
	const gateway = new Gateway();
	const admin = authorized(gateway.admin);
	const post = (body: string) => gateway.ask(request("POST", "/api/v1/tokens", { ...admin, ...json }, body));
	const made = await post('{"name":"phone","scope":"infer"}');
	expect(made.status).toBe(201);
	const { token } = JSON.parse(made.text) as { token: string };
	expect((await gateway.ask(request("GET", "/api/v1/session", authorized(token)))).text).toContain('"infer"');
	expect(JSON.parse((await gateway.ask(request("GET", "/api/v1/tokens", admin))).text)).toEqual([
		{ name: "admin", scope: "admin" },
		{ name: "phone", scope: "infer" },
	]);
	expect((await post('{"name":"phone","scope":"train"}')).status).toBe(409);
	for (const body of [
		'{"name":"A b","scope":"infer"}',
		'{"name":"x","scope":"root"}',
		'{"name":"x"}',
		"[",
		'{"name":1}',
	])
		expect((await post(body)).status).toBe(400);
	expect((await gateway.ask(request("DELETE", "/api/v1/tokens/phone", admin))).status).toBe(204);
	expect((await gateway.ask(request("GET", "/api/v1/session", authorized(token)))).status).toBe(401);
	expect((await gateway.ask(request("DELETE", "/api/v1/tokens/phone", admin))).status).toBe(404);
	expect((await gateway.ask(request("DELETE", "/api/v1/tokens/admin", admin))).status).toBe(409);
	expect([...gateway.storage.entries.keys()]).toEqual(["admin"]);
});

test("there are at most 12 tokens", async () => {
	const gateway = new Gateway();
	const post = (i: number) =>
		gateway.ask(
			request("POST", "/api/v1/tokens", { ...authorized(gateway.admin), ...json }, `{"name":"t${i}","scope":"infer"}`),
		);
	for (let i = 1; i < 12; i++) expect((await post(i)).status).toBe(201);
	expect((await post(12)).status).toBe(409);
});
