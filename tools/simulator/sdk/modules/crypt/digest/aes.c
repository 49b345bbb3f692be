/* FIPS 197; the S-boxes are computed once from their definition. */
#include "natives.h"

typedef struct {
	int rounds;
	int keySize;
	uint8_t schedule[15][16];
} Cipher;

static uint8_t box[256], inverseBox[256];

static uint8_t twice(uint8_t x) {
	return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0));
}

static uint8_t multiply(uint8_t x, uint8_t y) {
	uint8_t product = 0;
	for (; y; y >>= 1, x = twice(x)) {
		if (y & 1)
			product ^= x;
	}
	return product;
}

static void makeBoxes(void) {
	if (box[0])
		return;
	/* p runs through the field's powers of 3 and q through their inverses. */
	uint8_t p = 1, q = 1;
	do {
		p ^= twice(p);
		q ^= (uint8_t)(q << 1);
		q ^= (uint8_t)(q << 2);
		q ^= (uint8_t)(q << 4);
		if (q & 0x80)
			q ^= 0x09;
		uint8_t s = q;
		for (int i = 1; i < 5; i++)
			s ^= (uint8_t)(q << i | q >> (8 - i));
		box[p] = s ^ 0x63;
		inverseBox[s ^ 0x63] = p;
	} while (p != 1);
	box[0] = 0x63;
	inverseBox[0x63] = 0;
}

static void expand(Cipher *cipher, const uint8_t *key, int size) {
	int words = size / 4;
	uint8_t *schedule = &cipher->schedule[0][0];
	uint8_t constant = 1;
	cipher->keySize = size;
	cipher->rounds = words + 6;
	memcpy(schedule, key, (size_t)size);
	for (int i = words; i < 4 * (cipher->rounds + 1); i++) {
		uint8_t word[4];
		memcpy(word, schedule + (i - 1) * 4, 4);
		if (i % words == 0) {
			uint8_t first = word[0];
			word[0] = box[word[1]] ^ constant;
			word[1] = box[word[2]];
			word[2] = box[word[3]];
			word[3] = box[first];
			constant = twice(constant);
		}
		else if (words > 6 && i % words == 4) {
			for (int j = 0; j < 4; j++)
				word[j] = box[word[j]];
		}
		for (int j = 0; j < 4; j++)
			schedule[i * 4 + j] = schedule[(i - words) * 4 + j] ^ word[j];
	}
}

static void addKey(uint8_t *state, const uint8_t *key) {
	for (int i = 0; i < 16; i++)
		state[i] ^= key[i];
}

static void encryptBlock(const Cipher *cipher, uint8_t *state) {
	addKey(state, cipher->schedule[0]);
	for (int round = 1; round <= cipher->rounds; round++) {
		uint8_t moved[16];
		for (int column = 0; column < 4; column++) {
			for (int row = 0; row < 4; row++)
				moved[column * 4 + row] = box[state[(column + row) % 4 * 4 + row]];
		}
		for (int column = 0; column < 4; column++) {
			uint8_t *in = moved + column * 4, *out = state + column * 4;
			uint8_t all = in[0] ^ in[1] ^ in[2] ^ in[3];
			for (int row = 0; row < 4; row++)
				out[row] =
				    round == cipher->rounds ? in[row] : (uint8_t)(in[row] ^ all ^ twice(in[row] ^ in[(row + 1) % 4]));
		}
		addKey(state, cipher->schedule[round]);
	}
}

static void decryptBlock(const Cipher *cipher, uint8_t *state) {
	addKey(state, cipher->schedule[cipher->rounds]);
	for (int round = cipher->rounds - 1; round >= 0; round--) {
		uint8_t moved[16];
		for (int column = 0; column < 4; column++) {
			for (int row = 0; row < 4; row++)
				moved[(column + row) % 4 * 4 + row] = inverseBox[state[column * 4 + row]];
		}
		addKey(moved, cipher->schedule[round]);
		for (int column = 0; column < 4; column++) {
			uint8_t *in = moved + column * 4, *out = state + column * 4;
			for (int row = 0; row < 4; row++)
				out[row] = round == 0 ? in[row]
				                      : (uint8_t)(multiply(in[row], 14) ^ multiply(in[(row + 1) % 4], 11) ^
				                                  multiply(in[(row + 2) % 4], 13) ^ multiply(in[(row + 3) % 4], 9));
		}
	}
}

void xs_cipher_destructor(void *data) {
	free(data);
}

void xs_cipher(xsMachine *the) {
	void *key;
	xsUnsignedValue size;
	if (strcmp(xsmcToString(xsArg(0)), "AES"))
		xsRangeError("no cipher \"%s\"", xsmcToString(xsArg(0)));
	xsmcGetBufferReadable(xsArg(1), &key, &size);
	if (size != 16 && size != 24 && size != 32)
		xsRangeError("a key has 16, 24 or 32 bytes");
	Cipher *cipher = malloc(sizeof(*cipher));
	if (!cipher)
		xsUnknownError("no memory");
	makeBoxes();
	expand(cipher, key, (int)size);
	xsmcSetHostData(xsThis, cipher);
}

static void process(xsMachine *the, void (*one)(const Cipher *, uint8_t *)) {
	Cipher *cipher = xsmcGetHostDataValidate(xsThis, xs_cipher_destructor);
	void *bytes;
	xsUnsignedValue size;
	uint8_t block[16];
	xsmcGetBufferReadable(xsArg(0), &bytes, &size);
	if (size != sizeof(block))
		xsRangeError("a block has 16 bytes");
	memcpy(block, bytes, sizeof(block));
	one(cipher, block);
	if (xsmcTypeOf(xsArg(1)) == xsReferenceType) {
		xsmcGetBufferWritable(xsArg(1), &bytes, &size);
		if (size < sizeof(block))
			xsRangeError("the result is too short");
		memcpy(bytes, block, sizeof(block));
		xsResult = xsArg(1);
	}
	else
		xsmcSetArrayBuffer(xsResult, block, sizeof(block));
}

void xs_cipher_encrypt(xsMachine *the) {
	process(the, encryptBlock);
}

void xs_cipher_decrypt(xsMachine *the) {
	process(the, decryptBlock);
}

void xs_cipher_keySize(xsMachine *the) {
	Cipher *cipher = xsmcGetHostDataValidate(xsThis, xs_cipher_destructor);
	xsmcSetInteger(xsResult, cipher->keySize);
}
