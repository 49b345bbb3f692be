/**
 * SHA-256 (FIPS 180-4). Browsers offer theirs only to pages that came encrypted or from this computer, and a gateway in
 * the local network is neither.
 */

/** The first 32 bits of the fractional parts of the roots of the first primes: square roots of 8, cube roots of 64. */
const primes: number[] = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (root: number) => ((root % 1) * 2 ** 32) | 0;
const initial = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const constants = primes.map((prime) => fraction(Math.cbrt(prime)));

const blockLength = 64;
const rotate = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

/** The digest's 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
	const padded = new Uint8Array(blockLength * Math.ceil((bytes.length + 9) / blockLength));
	padded.set(bytes);
	padded[bytes.length] = 0x80;
	const view = new DataView(padded.buffer);
	view.setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
	const state = Int32Array.from(initial);
	const words = new Int32Array(64);
	for (let block = 0; block < padded.length; block += blockLength) compress(state, words, view, block);
	const digest = new DataView(new ArrayBuffer(32));
	state.forEach((word, i) => {
		digest.setInt32(4 * i, word);
	});
	return new Uint8Array(digest.buffer);
}

function compress(state: Int32Array, words: Int32Array, view: DataView, block: number): void {
	for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + 4 * i);
	for (let i = 16; i < 64; i++) {
		const early = words[i - 15]!;
		const late = words[i - 2]!;
		const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
		const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
		words[i] = words[i - 16]! + sigma0 + words[i - 7]! + sigma1;
	}
	let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
	for (let i = 0; i < 64; i++) {
		const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		const first = (h + sum1 + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0;
		const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
		h = g;
		g = f;
		f = e;
		e = (d + first) | 0;
		d = c;
		c = b;
		b = a;
		a = (first + second) | 0;
	}
	[a, b, c, d, e, f, g, h].forEach((word, i) => {
		state[i]! += word;
	});
}
