type ByteBuffer = ArrayBufferLike | ArrayBufferView;

/** SHA-1, SHA-256, SHA-512 (FIPS 180-4). */
export class Digest extends Native("xs_digest_destructor") {
	constructor(type: "SHA1" | "SHA256" | "SHA512") {
		super();
		native("xs_digest").call(this, type);
	}
	write(data: string | ByteBuffer): void {
		native("xs_digest_write").call(this, data);
	}
	/** The digest's bytes; the instance is spent until `reset`. */
	close(): ArrayBuffer {
		return native("xs_digest_close").call(this);
	}
	reset(): void {
		native("xs_digest_reset").call(this);
	}
	process(...parts: (string | ByteBuffer)[]): ArrayBuffer {
		this.reset();
		for (const part of parts) this.write(part);
		return this.close();
	}
	get blockSize(): number {
		return native("xs_digest_blockSize").call(this);
	}
	get outputSize(): number {
		return native("xs_digest_outputSize").call(this);
	}
}

/** AES with keys of 128, 192 or 256 bits (FIPS 197), one block at a time. */
export class BlockCipher extends Native("xs_cipher_destructor") {
	constructor(cipher: "AES", key: ByteBuffer) {
		super();
		native("xs_cipher").call(this, cipher, key);
	}
	encrypt(data: ByteBuffer, result?: ArrayBufferLike): ArrayBuffer {
		return native("xs_cipher_encrypt").call(this, data, result);
	}
	decrypt(data: ByteBuffer, result?: ArrayBufferLike): ArrayBuffer {
		return native("xs_cipher_decrypt").call(this, data, result);
	}
	get keySize(): number {
		return native("xs_cipher_keySize").call(this);
	}
	get blockSize(): number {
		return 16;
	}
}

export default Object.freeze({ Digest, BlockCipher });
