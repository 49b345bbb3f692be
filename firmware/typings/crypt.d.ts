// What @moddable/typings 5.6 lacks of the SDK's crypt module.

declare module "crypt" {
	export class Digest {
		constructor(type: "SHA1" | "SHA256" | "SHA512");
		write(data: string | ArrayBufferLike | ArrayBufferView): void;
		/** The digest's bytes; the instance is spent until `reset`. */
		close(): ArrayBuffer;
		reset(): void;
		get blockSize(): number;
		get outputSize(): number;
	}

	export class BlockCipher {
		constructor(cipher: "AES", key: ArrayBufferLike | ArrayBufferView);
		encrypt(data: ArrayBufferLike | ArrayBufferView, result?: ArrayBufferLike): ArrayBuffer;
		decrypt(data: ArrayBufferLike | ArrayBufferView, result?: ArrayBufferLike): ArrayBuffer;
		get keySize(): number;
		get blockSize(): number;
	}
}
