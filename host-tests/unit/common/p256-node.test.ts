import {
	createHash,
	createPrivateKey,
	createPublicKey,
	ECDH,
	generateKeyPairSync,
	type KeyObject,
	sign,
} from "node:crypto";
import { verifySignature } from "common/p256";
import { describe, expect, it } from "vitest";

const sha256 = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());
const number = (value: bigint) => new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

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

describe("ECDSA on P-256, beside Node's", () => {
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
});
