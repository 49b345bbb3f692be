import packet from "dns-packet";
import { answer } from "gateway/provisioning/dns";
import { describe, expect, test } from "vitest";

const address = [4, 3, 2, 1];
const ask = (name: string, type: "A" | "AAAA" | "HTTPS" | "TXT" = "A", more: Partial<packet.Packet> = {}) =>
	new Uint8Array(
		packet.encode({
			type: "query",
			id: 4711,
			flags: packet.RECURSION_DESIRED,
			questions: [{ type, name }],
			...more,
		} as never),
	);

describe("the portal's DNS", () => {
	test.each(["captive.apple.com", "connectivitycheck.gstatic.com", "a", `${"x".repeat(63)}.example`])(
		"%s is here",
		(name) => {
			const reply = packet.decode(Buffer.from(answer(ask(name), address)!));
			expect(reply).toMatchObject({ type: "response", id: 4711, rcode: "NOERROR", flag_aa: true, flag_rd: true });
			expect(reply.questions).toEqual([{ name, type: "A", class: "IN" }]);
			expect(reply.answers).toMatchObject([{ name, type: "A", class: "IN", ttl: 1, data: "4.3.2.1" }]);
		},
	);

	test.each(["AAAA", "HTTPS", "TXT"] as const)("%s: the name is there, and has no such record", (type) => {
		const reply = packet.decode(Buffer.from(answer(ask("captive.apple.com", type), address)!));
		expect(reply).toMatchObject({ rcode: "NOERROR", answers: [], authorities: [], additionals: [] });
	});

	test("what a resolver adds (EDNS) is not repeated", () => {
		const query = ask("example.com", "A", {
			additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options: [] } as never],
		});
		const reply = packet.decode(Buffer.from(answer(query, address)!));
		expect(reply.answers?.length).toBe(1);
		expect(reply.additionals).toEqual([]);
	});

	test("other operations are not implemented", () => {
		const query = ask("example.com");
		query[2]! |= 0x28;
		expect(packet.decode(Buffer.from(answer(query, address)!))).toMatchObject({ rcode: "NOTIMP", answers: [] });
	});

	test("what is no question has no answer", () => {
		const query = ask("example.com");
		for (let length = 0; length < query.length; length++)
			expect(answer(query.subarray(0, length), address)).toBeUndefined();
		const reply = answer(query, address)!;
		expect(answer(reply, address)).toBeUndefined();
		const change = (at: number, value: number) => query.map((byte, index) => (index === at ? value : byte));
		// Two questions, none, an answer, a pointer for a name.
		for (const [at, value] of [
			[5, 2],
			[5, 0],
			[7, 1],
			[12, 0xc0],
		] as const)
			expect(answer(change(at, value), address)).toBeUndefined();
		expect(answer(new Uint8Array(513), address)).toBeUndefined();
		const long = new Uint8Array(400);
		long.set(query.subarray(0, 12));
		for (let at = 12; at + 64 < 350; at += 64) long[at] = 63;
		expect(answer(long, address)).toBeUndefined();
	});

	test("random and altered queries: no answer, or one that can be read", () => {
		let seed = 3;
		const random = (limit: number) => {
			seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
			return Math.floor((seed / 2 ** 32) * limit);
		};
		let answered = 0;
		for (let count = 0; count < 5000; count++) {
			const query = count % 2 ? ask("www.example.com") : Uint8Array.from({ length: random(80) }, () => random(256));
			for (let changes = random(4); changes > 0; changes--) query[random(query.length)] = random(256);
			const reply = answer(query, address);
			if (undefined === reply) continue;
			answered++;
			expect(reply.length).toBeLessThanOrEqual(query.length + 16);
			expect(packet.decode(Buffer.from(reply)).questions?.length).toBe(1);
		}
		expect(answered).toBeGreaterThan(500);
	});
});
