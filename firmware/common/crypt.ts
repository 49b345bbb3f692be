/**
 * The class Digest of the SDK's module `crypt`, over the same natives, in place of that module on boards: it alone is
 * used, and what is not named here (ciphers and their modes) the linker leaves out of the flash.
 */

type Bytes = string | ArrayBufferLike | ArrayBufferView;

export class Digest extends Native("xs_crypt_Digest_destructor") {
	constructor(type: "SHA256") {
		super();
		native("xs_crypt_Digest").call(this, type);
	}
	write(data: Bytes): void {
		native("xs_crypt_Digest_write").call(this, data);
	}
	/** The digest's bytes; the instance is spent until `reset`. */
	close(): ArrayBuffer {
		return native("xs_crypt_Digest_close").call(this);
	}
	reset(): void {
		native("xs_crypt_Digest_reset").call(this);
	}
}
