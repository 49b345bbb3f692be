import { createHash } from "node:crypto";
import { isPublicKey, verifySignature } from "common/p256";
import { describe, expect, it } from "vitest";

const fromHex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const sha256 = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());
const number = (value: bigint) => fromHex(value.toString(16).padStart(64, "0"));
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** The first point of the curve with an x of at least this: x and y. */
function pointFrom(least: bigint): [bigint, bigint] {
	for (let x = least; ; x++) {
		const square = (x * x * x + (p - 3n) * x + b) % p;
		// p is 3 modulo 4: a root, where there is one, is this power.
		let y = 1n;
		for (const bit of ((p + 1n) / 4n).toString(2)) y = (((y * y) % p) * ("1" === bit ? square : 1n)) % p;
		if ((y * y) % p === square) return [x, y];
	}
}

const join = (first: bigint, second: bigint) => {
	const bytes = new Uint8Array(64);
	bytes.set(number(first), 0);
	bytes.set(number(second), 32);
	return bytes;
};

/** The example of RFC 6979, A.2.5: SHA-256 of "sample". */
const key = fromHex(
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
);
const good = fromHex(
	"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
);
const digest = sha256("sample");

describe("ECDSA on P-256", () => {
	it("takes the example of RFC 6979, and nothing else that is like it", () => {
		expect(verifySignature(key, digest, good)).toBe(true);
		expect(verifySignature(key, sha256("sampel"), good)).toBe(false);
		for (const at of [0, 31, 32, 63]) {
			const changed = good.slice();
			changed[at]! ^= 1;
			expect(verifySignature(key, digest, changed)).toBe(false);
		}
	});

	it("refuses numbers out of range", () => {
		for (const wrong of [0n, n, n + 1n, 2n ** 256n - 1n]) {
			const first = good.slice();
			first.set(number(wrong), 0);
			const second = good.slice();
			second.set(number(wrong), 32);
			expect(verifySignature(key, digest, first)).toBe(false);
			expect(verifySignature(key, digest, second)).toBe(false);
		}
	});

	it("takes a point whose x is beyond the group's order by its rest alone", () => {
		// Of a digest that is 0, and r = s, the sum is the key itself.
		const [x, y] = pointFrom(n);
		expect(x < p).toBe(true);
		const nothing = new Uint8Array(32);
		expect(verifySignature(join(x, y), nothing, join(x - n, x - n))).toBe(true);
		expect(verifySignature(join(x, y), nothing, join(x, x - n))).toBe(false);
		expect(verifySignature(join(x, y), nothing, join(x - n, x))).toBe(false);
	});

	it("refuses a key's numbers that are not reduced", () => {
		const [x, y] = pointFrom(1n);
		expect(isPublicKey(join(x, y))).toBe(true);
		expect(isPublicKey(join(x + p, y))).toBe(false);
	});

	it("refuses keys that are no point of the curve, and bytes of other lengths", () => {
		expect(isPublicKey(key)).toBe(true);
		const off = key.slice();
		off[63]! ^= 1;
		expect(isPublicKey(off)).toBe(false);
		const beyond = key.slice();
		beyond.set(number(p), 0);
		expect(isPublicKey(beyond)).toBe(false);
		expect(isPublicKey(new Uint8Array(64))).toBe(false);
		expect(isPublicKey(key.subarray(1))).toBe(false);
		expect(verifySignature(off, digest, good)).toBe(false);
		expect(verifySignature(key, digest, good.subarray(1))).toBe(false);
		expect(verifySignature(key, digest.subarray(1), good)).toBe(false);
	});
});
