/** What unit tests use of node:crypto, over the engine's own digests. */
import { Digest } from "crypt";
import { Buffer } from "./node";

type Data = string | Uint8Array;

const bytesOf = (data: Data): Uint8Array => (typeof data === "string" ? Buffer.from(data) : data);

class Hash {
	readonly #digest = new Digest("SHA256");
	constructor(type: string) {
		if (type !== "sha256") throw new Error(`${type}: only sha256`);
	}
	update(data: Data): this {
		this.#digest.write(bytesOf(data));
		return this;
	}
	digest(): Buffer;
	digest(encoding: "hex" | "base64"): string;
	digest(encoding?: "hex" | "base64"): Buffer | string {
		const bytes = Buffer.from(this.#digest.close());
		return encoding ? bytes.toString(encoding) : bytes;
	}
}

/** RFC 2104. */
class HMAC extends Hash {
	readonly #outer: Hash;
	constructor(type: string, key: Data) {
		super(type);
		const pad = Buffer.alloc(64);
		const bytes = bytesOf(key);
		pad.set(bytes.length > 64 ? createHash(type).update(bytes).digest() : bytes);
		this.update(pad.map((byte) => byte ^ 0x36));
		this.#outer = createHash(type).update(pad.map((byte) => byte ^ 0x5c));
	}
	override digest(): Buffer;
	override digest(encoding: "hex" | "base64"): string;
	override digest(encoding?: "hex" | "base64"): Buffer | string {
		const outer = this.#outer.update(super.digest());
		return encoding ? outer.digest(encoding) : outer.digest();
	}
}

export const createHash = (type: string): Hash => new Hash(type);
export const createHmac = (type: string, key: Data): HMAC => new HMAC(type, key);
