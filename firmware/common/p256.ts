/**
 * Verifies ECDSA signatures on the curve P-256 (FIPS 186-5, section 6.4.2; SP 800-186, section 3.2.1.3). Nothing here is
 * secret, so nothing has to take constant time. Coordinates are Jacobian: x = X / Z², y = Y / Z³; Z = 0 is the point at
 * infinity.
 */

import { toHex } from "common/hex";

/** Of the field, of the group, and the curve's y² = x³ − 3x + b. */
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

interface Affine {
	readonly x: bigint;
	readonly y: bigint;
}

interface Point extends Affine {
	readonly z: bigint;
}

const generator: Affine = Object.freeze({
	x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
	y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
});
const infinity: Point = Object.freeze({ x: 1n, y: 1n, z: 0n });

/** Bytes of a public key (x and y, big-endian), of a signature (r and s), and of each of their numbers. */
export const publicKeyLength = 64;
export const signatureLength = 64;
const numberLength = 32;

/** Whether the bytes are a point of the curve. */
export function isPublicKey(bytes: Uint8Array): boolean {
	return undefined !== readPublicKey(bytes);
}

/** `digest`: the SHA-256 of what was signed. */
export function verifySignature(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
	const key = readPublicKey(publicKey);
	if (!key || signatureLength !== signature.length || numberLength !== digest.length) return false;
	const r = readNumber(signature, 0);
	const s = readNumber(signature, numberLength);
	if (0n === r || r >= n || 0n === s || s >= n) return false;
	const inverse = invert(s, n);
	const { x, z } = combine((readNumber(digest, 0) * inverse) % n, (r * inverse) % n, key);
	if (0n === z) return false;
	// r is x modulo n, and x is below p, which is a little more than n: compared without dividing by Z².
	const square = (z * z) % p;
	return (r * square) % p === x || (r + n < p && ((r + n) * square) % p === x);
}

function readPublicKey(bytes: Uint8Array): Affine | undefined {
	if (publicKeyLength !== bytes.length) return;
	const x = readNumber(bytes, 0);
	const y = readNumber(bytes, numberLength);
	if (x >= p || y >= p || (y * y) % p !== modulo(x * x * x - 3n * x + b)) return;
	return { x, y };
}

function readNumber(bytes: Uint8Array, at: number): bigint {
	return BigInt(`0x${toHex(bytes.subarray(at, at + numberLength))}`);
}

function modulo(value: bigint): bigint {
	const rest = value % p;
	return rest < 0n ? rest + p : rest;
}

/** By Euclid's algorithm; `value` is not 0 modulo the prime `modulus`. */
function invert(value: bigint, modulus: bigint): bigint {
	let [a, c] = [value % modulus, modulus];
	let [x, y] = [1n, 0n];
	while (a > 1n) {
		const quotient = c / a;
		[a, c] = [c - quotient * a, a];
		[x, y] = [y - quotient * x, x];
	}
	return x < 0n ? x + modulus : x;
}

/** first · generator + second · key, both at once bit by bit (Straus). */
function combine(first: bigint, second: bigint, key: Affine): Point {
	const both = toAffine(add({ ...generator, z: 1n }, key));
	const a = first.toString(2).padStart(256, "0");
	const c = second.toString(2).padStart(256, "0");
	let sum = infinity;
	for (let i = 0; i < 256; i++) {
		sum = double(sum);
		const [inA, inC] = ["1" === a[i], "1" === c[i]];
		// The sum of the two is infinity when the key is minus the generator: nothing to add.
		const term = inA ? (inC ? both : generator) : inC ? key : undefined;
		if (term) sum = add(sum, term);
	}
	return sum;
}

function toAffine({ x, y, z }: Point): Affine | undefined {
	if (0n === z) return;
	const inverse = invert(z, p);
	const square = (inverse * inverse) % p;
	return { x: (x * square) % p, y: (y * square * inverse) % p };
}

/** Formulas "dbl-2001-b" of Bernstein and Lange's Explicit-Formulas Database. */
function double({ x, y, z }: Point): Point {
	const delta = (z * z) % p;
	const gamma = (y * y) % p;
	const beta = (x * gamma) % p;
	const alpha = (3n * (x - delta) * (x + delta)) % p;
	const next = modulo(alpha * alpha - 8n * beta);
	return {
		x: next,
		y: modulo(alpha * (4n * beta - next) - 8n * gamma * gamma),
		z: modulo((y + z) * (y + z) - gamma - delta),
	};
}

function add(point: Point, other: Affine): Point {
	const { x, y, z } = point;
	if (0n === z) return { ...other, z: 1n };
	const square = (z * z) % p;
	const h = modulo(other.x * square - x);
	const slope = modulo(other.y * square * z - y);
	if (0n === h) return 0n === slope ? double(point) : infinity;
	const h2 = (h * h) % p;
	const h3 = (h2 * h) % p;
	const v = (x * h2) % p;
	const next = modulo(slope * slope - h3 - 2n * v);
	return { x: next, y: modulo(slope * (v - next) - y * h3), z: (z * h) % p };
}
