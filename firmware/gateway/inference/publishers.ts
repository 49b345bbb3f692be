/**
 * Whose models this gateway trusts. A signed file ends with a trailer: 64 bytes of ECDSA on P-256 over the SHA-256 of all
 * that comes before it, and eight bytes that say so. Readers of the format never look there, so a signed file runs
 * wherever the unsigned one does.
 */
import { fromHex, toHex } from "common/hex";
import { isPublicKey, publicKeyLength, signatureLength, verifySignature } from "common/p256";
import { RepositoryError } from "gateway/inference/repository-error";

/** "TMLSIGN1" */
const mark = Object.freeze([0x54, 0x4d, 0x4c, 0x53, 0x49, 0x47, 0x4e, 0x31]);
export const trailerLength = signatureLength + mark.length;

const nameLength = 15;
const maximumPublishers = 4;

/** One domain of the key-value store. */
export interface KeyStorage extends Iterable<string> {
	read(key: string): string | undefined;
	write(key: string, value: string): void;
	delete(key: string): void;
}

export interface PublishersOptions {
	storage: KeyStorage;
	/** 64 hexadecimal digits of bytes' SHA-256. */
	digestOf(bytes: Uint8Array): string;
}

/** Why a key is not taken; `code` tells which. */
export class PublisherError extends Error {
	readonly code: "name" | "key" | "full";

	constructor(code: PublisherError["code"], message: string) {
		super(message);
		this.code = code;
	}
}

export class Publishers {
	readonly #options: PublishersOptions;

	constructor(options: PublishersOptions) {
		this.#options = options;
	}

	*names(): IterableIterator<string> {
		for (const name of this.#options.storage) yield name;
	}

	/** `key`: x and y of a point of P-256, 128 hexadecimal digits. Replaces a key of the same name. Throws `PublisherError`. */
	add(name: string, key: string): void {
		const { storage } = this.#options;
		if (!isPublisherName(name))
			throw new PublisherError(
				"name",
				`a publisher's name has 1 to ${nameLength} lower-case letters, digits and hyphens`,
			);
		const bytes = fromHex(key);
		if (publicKeyLength !== bytes?.length || !isPublicKey(bytes))
			throw new PublisherError("key", "a key is a point of P-256: x and y as 128 lower-case hexadecimal digits");
		let others = 0;
		for (const other of this.names()) if (other !== name) others++;
		if (others >= maximumPublishers)
			throw new PublisherError("full", `${maximumPublishers} publishers are known; remove one first`);
		storage.write(name, toHex(bytes));
	}

	/** False when there was none of that name. */
	remove(name: string): boolean {
		for (const known of this.names())
			if (known === name) {
				this.#options.storage.delete(name);
				return true;
			}
		return false;
	}

	/**
	 * The publisher who signed the file; empty when nobody did. Throws `RepositoryError` `signature` when it is signed by
	 * none of those who are known, or was changed after it was signed.
	 */
	signerOf(file: Uint8Array): string {
		const { storage } = this.#options;
		const end = file.length - trailerLength;
		if (end < 0) return "";
		for (let i = 0; i < mark.length; i++) if (mark[i] !== file[end + signatureLength + i]) return "";
		const digest = fromHex(this.#options.digestOf(file.subarray(0, end)))!;
		const signature = file.slice(end, end + signatureLength);
		for (const name of this.names()) {
			const key = fromHex(storage.read(name) ?? "");
			if (key && verifySignature(key, digest, signature)) return name;
		}
		throw new RepositoryError(
			"signature",
			"the file is signed, but by no publisher that this gateway knows, or it was changed afterwards",
		);
	}
}

function isPublisherName(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (!(code >= 0x61 && code <= 0x7a) && !(code >= 0x30 && code <= 0x39) && 0x2d !== code) return false;
	}
	return text.length > 0 && text.length <= nameLength;
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(Publishers.prototype.names.prototype);
