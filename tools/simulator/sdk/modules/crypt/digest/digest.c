/* FIPS 180-4 */
#include "natives.h"

typedef enum { SHA1, SHA256, SHA512 } Kind;

typedef struct {
	Kind kind;
	bool closed;
	uint64_t length; /* bytes so far */
	union {
		uint32_t words[8];
		uint64_t longs[8];
	} state;
	uint8_t block[128];
} Digest;

static const uint64_t constants[80] = {0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242,
    0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1,
    0x9bdc06a725c71235, 0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5,
    0x240ca1cc77ac9c65, 0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2,
    0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926,
    0x4d2c6dfc5ac42aed, 0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6,
    0x92722c851482353b, 0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8,
    0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb,
    0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72,
    0x8cc702081a6439ec, 0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba,
    0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493,
    0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec,
    0x6c44198c4a475817};

static uint32_t rotate(uint32_t x, int n) {
	return x >> n | x << (32 - n);
}

static uint64_t rotateLong(uint64_t x, int n) {
	return x >> n | x << (64 - n);
}

static uint32_t load(const uint8_t *p) {
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void compress1(uint32_t *state, const uint8_t *block) {
	uint32_t w[80];
	for (int t = 0; t < 16; t++)
		w[t] = load(block + t * 4);
	for (int t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 31);
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
	for (int t = 0; t < 80; t++) {
		uint32_t f = t < 20 ? (b & c) | (~b & d) : t < 40 || t >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
		uint32_t k = t < 20 ? 0x5a827999 : t < 40 ? 0x6ed9eba1 : t < 60 ? 0x8f1bbcdc : 0xca62c1d6;
		uint32_t sum = rotate(a, 27) + f + e + k + w[t];
		e = d;
		d = c;
		c = rotate(b, 2);
		b = a;
		a = sum;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
}

/* One round with the registers named in turn, so that none is moved; w's index is taken modulo 16. */
#define ROUND256(a, b, c, d, e, f, g, h, t)                                                                            \
	h += (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + (uint32_t)(constants[t] >> 32) +       \
	     w[(t)&15];                                                                                                    \
	d += h;                                                                                                            \
	h += (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)))

static void compress256(uint32_t *state, const uint8_t *block) {
	uint32_t w[16];
	for (int t = 0; t < 16; t++)
		w[t] = load(block + t * 4);
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	for (int t = 0; t < 64; t += 8) {
		if (t >= 16) {
			for (int i = t; i < t + 8; i++) {
				uint32_t w15 = w[(i + 1) & 15], w2 = w[(i + 14) & 15];
				w[i & 15] += (rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >> 3)) + w[(i + 9) & 15] +
				             (rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >> 10));
			}
		}
		ROUND256(a, b, c, d, e, f, g, h, t);
		ROUND256(h, a, b, c, d, e, f, g, t + 1);
		ROUND256(g, h, a, b, c, d, e, f, t + 2);
		ROUND256(f, g, h, a, b, c, d, e, t + 3);
		ROUND256(e, f, g, h, a, b, c, d, t + 4);
		ROUND256(d, e, f, g, h, a, b, c, t + 5);
		ROUND256(c, d, e, f, g, h, a, b, t + 6);
		ROUND256(b, c, d, e, f, g, h, a, t + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

static void compress512(uint64_t *state, const uint8_t *block) {
	uint64_t w[80], v[8];
	for (int t = 0; t < 16; t++)
		w[t] = (uint64_t)load(block + t * 8) << 32 | load(block + t * 8 + 4);
	for (int t = 16; t < 80; t++) {
		uint64_t s0 = rotateLong(w[t - 15], 1) ^ rotateLong(w[t - 15], 8) ^ (w[t - 15] >> 7);
		uint64_t s1 = rotateLong(w[t - 2], 19) ^ rotateLong(w[t - 2], 61) ^ (w[t - 2] >> 6);
		w[t] = w[t - 16] + s0 + w[t - 7] + s1;
	}
	memcpy(v, state, sizeof(v));
	for (int t = 0; t < 80; t++) {
		uint64_t s1 = rotateLong(v[4], 14) ^ rotateLong(v[4], 18) ^ rotateLong(v[4], 41);
		uint64_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint64_t sum1 = v[7] + s1 + choice + constants[t] + w[t];
		uint64_t s0 = rotateLong(v[0], 28) ^ rotateLong(v[0], 34) ^ rotateLong(v[0], 39);
		uint64_t sum2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		v[7] = v[6];
		v[6] = v[5];
		v[5] = v[4];
		v[4] = v[3] + sum1;
		v[3] = v[2];
		v[2] = v[1];
		v[1] = v[0];
		v[0] = sum1 + sum2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

static void reset(Digest *digest) {
	static const uint32_t sha1[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	static const uint32_t sha256[8] = {
	    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	static const uint64_t sha512[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
	digest->length = 0;
	digest->closed = false;
	switch (digest->kind) {
		case SHA1: memcpy(digest->state.words, sha1, sizeof(sha1)); break;
		case SHA256: memcpy(digest->state.words, sha256, sizeof(sha256)); break;
		case SHA512: memcpy(digest->state.longs, sha512, sizeof(sha512)); break;
	}
}

static size_t blockSize(const Digest *digest) {
	return digest->kind == SHA512 ? 128 : 64;
}

static size_t outputSize(const Digest *digest) {
	return digest->kind == SHA1 ? 20 : digest->kind == SHA256 ? 32 : 64;
}

static void compress(Digest *digest, const uint8_t *block) {
	switch (digest->kind) {
		case SHA1: compress1(digest->state.words, block); break;
		case SHA256: compress256(digest->state.words, block); break;
		case SHA512: compress512(digest->state.longs, block); break;
	}
}

static void update(Digest *digest, const uint8_t *bytes, size_t length) {
	size_t size = blockSize(digest);
	size_t used = (size_t)(digest->length % size);
	digest->length += length;
	if (used) {
		size_t count = size - used < length ? size - used : length;
		memcpy(digest->block + used, bytes, count);
		bytes += count;
		length -= count;
		if (used + count < size)
			return;
		compress(digest, digest->block);
	}
	for (; length >= size; bytes += size, length -= size)
		compress(digest, bytes);
	memcpy(digest->block, bytes, length);
}

static void finish(Digest *digest, uint8_t *output) {
	size_t size = blockSize(digest);
	size_t tail = size == 128 ? 16 : 8;
	uint64_t bits = digest->length * 8;
	size_t used = (size_t)(digest->length % size);
	digest->block[used++] = 0x80;
	if (used > size - tail) {
		memset(digest->block + used, 0, size - used);
		compress(digest, digest->block);
		used = 0;
	}
	memset(digest->block + used, 0, size - used);
	for (size_t i = 0; i < 8; i++)
		digest->block[size - 1 - i] = (uint8_t)(bits >> (8 * i));
	compress(digest, digest->block);
	for (size_t i = 0; i < outputSize(digest); i++)
		output[i] = digest->kind == SHA512 ? (uint8_t)(digest->state.longs[i / 8] >> (56 - i % 8 * 8))
		                                   : (uint8_t)(digest->state.words[i / 4] >> (24 - i % 4 * 8));
	digest->closed = true;
}

void simSHA256(const void *bytes, size_t length, uint8_t hash[32]) {
	Digest digest = {.kind = SHA256};
	reset(&digest);
	update(&digest, bytes, length);
	finish(&digest, hash);
}

void xs_digest_destructor(void *data) {
	free(data);
}

static Digest *toDigest(xsMachine *the) {
	return xsmcGetHostDataValidate(xsThis, xs_digest_destructor);
}

void xs_digest(xsMachine *the) {
	static const char *const names[] = {"SHA1", "SHA256", "SHA512"};
	const char *name = xsmcToString(xsArg(0));
	for (int kind = 0; kind < 3; kind++) {
		if (strcmp(name, names[kind]))
			continue;
		Digest *digest = malloc(sizeof(*digest));
		if (!digest)
			xsUnknownError("no memory");
		digest->kind = (Kind)kind;
		reset(digest);
		xsmcSetHostData(xsThis, digest);
		return;
	}
	xsRangeError("no digest \"%s\"", name);
}

void xs_digest_write(xsMachine *the) {
	Digest *digest = toDigest(the);
	if (digest->closed)
		xsUnknownError("the digest is spent");
	if (xsmcTypeOf(xsArg(0)) == xsReferenceType) {
		void *bytes;
		xsUnsignedValue length;
		xsmcGetBufferReadable(xsArg(0), &bytes, &length);
		update(digest, bytes, length);
	}
	else {
		const char *text = xsmcToString(xsArg(0));
		update(digest, (const uint8_t *)text, strlen(text));
	}
}

void xs_digest_close(xsMachine *the) {
	Digest *digest = toDigest(the);
	if (digest->closed)
		xsUnknownError("the digest is spent");
	uint8_t output[64];
	finish(digest, output);
	xsmcSetArrayBuffer(xsResult, output, (xsIntegerValue)outputSize(digest));
}

void xs_digest_reset(xsMachine *the) {
	reset(toDigest(the));
}

void xs_digest_blockSize(xsMachine *the) {
	xsmcSetInteger(xsResult, (xsIntegerValue)blockSize(toDigest(the)));
}

void xs_digest_outputSize(xsMachine *the) {
	xsmcSetInteger(xsResult, (xsIntegerValue)outputSize(toDigest(the)));
}
