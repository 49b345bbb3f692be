import {
	createHash,
	createPrivateKey,
	createPublicKey,
	ECDH,
	generateKeyPairSync,
	type KeyObject,
	sign,
} from "node:crypto";
import { isPublicKey, verifySignature } from "common/p256";
import { describe, expect, it } from "vitest";

const sha256 = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());
const number = (value: bigint) => new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

function publicBytes(key: KeyObject): Uint8Array {
	const { x, y } = key.export({ format: "jwk" });
	return new Uint8Array(Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]));
}

const signed = (text: string, key: KeyObject) =>
	new Uint8Array(sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }));

/** The key pair of a private number. */
function pairOf(secret: bigint): { privateKey: KeyObject; publicKey: KeyObject } {
	const d = Buffer.from(number(secret));
	const curve = new (ECDH as unknown as new (name: string) => ECDH)("prime256v1");
	curve.setPrivateKey(d);
	const point = curve.getPublicKey();
	const jwk = {
		...{ kty: "EC", crv: "P-256", d: d.toString("base64url") },
		...{ x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") },
	};
	const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
	return { privateKey, publicKey: createPublicKey(privateKey) };
}

describe("ECDSA on P-256", () => {
	const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
	const key = publicBytes(publicKey);

	it("takes what Node signs, and nothing that is changed by a bit", () => {
		for (let i = 0; i < 20; i++) {
			const text = `model ${i}`;
			const signature = signed(text, privateKey);
			expect(verifySignature(key, sha256(text), signature)).toBe(true);
			const at = (7 * i) % 64;
			const changed = signature.slice();
			changed[at]! ^= 1 << (i % 8);
			expect(verifySignature(key, sha256(text), changed)).toBe(false);
			expect(verifySignature(key, sha256(`${text} `), signature)).toBe(false);
		}
	});

	it("takes the signatures of keys near the ends of the group, whose sums meet the special cases", () => {
		for (const secret of [1n, 2n, 3n, n - 1n, n - 2n, (n - 1n) / 2n, (n + 1n) / 2n]) {
			const pair = pairOf(secret);
			const bytes = publicBytes(pair.publicKey);
			for (const text of ["a", "b", "c"])
				expect(verifySignature(bytes, sha256(text), signed(text, pair.privateKey))).toBe(true);
		}
	});

	it("takes the example of RFC 6979, A.2.5", () => {
		const bytes = Buffer.from(
			"60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
			"hex",
		);
		const signature = Buffer.from(
			"EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
			"hex",
		);
		expect(verifySignature(new Uint8Array(bytes), sha256("sample"), new Uint8Array(signature))).toBe(true);
	});

	it("refuses numbers out of range", () => {
		const digest = sha256("x");
		const good = signed("x", privateKey);
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
		const good = signed("x", privateKey);
		expect(verifySignature(off, sha256("x"), good)).toBe(false);
		expect(verifySignature(key, sha256("x"), good.subarray(1))).toBe(false);
		expect(verifySignature(key, sha256("x").subarray(1), good)).toBe(false);
	});
});
