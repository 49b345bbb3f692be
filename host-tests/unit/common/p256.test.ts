import { createHash } from "node:crypto";
import { isPublicKey, verifySignature } from "common/p256";
import { describe, expect, it } from "vitest";

const fromHex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const sha256 = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());
const number = (value: bigint) => fromHex(value.toString(16).padStart(64, "0"));
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

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
