import { fromHex, toHex } from "common/hex";
import { decodeText, encodeText, TextError } from "common/text";
import { isKey } from "common/wifi/credentials";

/** One domain of the key-value store, format "buffer". A write is there as a whole or not at all. */
export interface NetworkStorage {
	read(key: string): unknown;
	write(key: string, value: Uint8Array): void;
	delete(key: string): void;
}

/** Networks that are kept at most. */
export const maximumNetworks = 4;

const noSlot = 255;

/**
 * The WiFi networks that a board knows, in the domain "wifi" of its key-value store. Slot n is:
 *
 * - `sN`: the SSID's bytes, 1 to 32. Written last and deleted first: without it the slot is free.
 * - `pN`: the passphrase's bytes, 8 to 63, or `kN`: the key's 32 bytes. With neither the network is open.
 *
 * `last` is one byte, the slot that was on line last. Every value fits the ESP8266's 63 bytes. A power cut leaves what
 * was kept before, or after: a new password for a known network is kept beside the old one until one of them works.
 */
export class Networks {
	readonly #storage: NetworkStorage;
	readonly #names: (string | undefined)[] = [];
	#last = noSlot;

	constructor(storage: NetworkStorage) {
		this.#storage = storage;
		for (let slot = 0; slot < maximumNetworks; slot++) this.#names.push(this.#readText(`s${slot}`));
		const last = this.#read("last")?.[0] ?? noSlot;
		if (undefined !== this.#names[last]) this.#last = last;
	}

	get count(): number {
		let count = 0;
		for (const name of this.#names) if (undefined !== name) count++;
		return count;
	}

	/** The slot that was on line last; undefined when none was. */
	get last(): number | undefined {
		return noSlot === this.#last ? undefined : this.#last;
	}

	/** Undefined for a free slot. */
	ssid(slot: number): string | undefined {
		return this.#names[slot];
	}

	/** Empty for an open network. Read anew each time: secrets do not stay in the heap. */
	password(slot: number): string {
		const key = this.#read(`k${slot}`);
		return undefined === key ? (this.#readText(`p${slot}`) ?? "") : toHex(key);
	}

	/**
	 * Keeps a network that `checkCredentials` has nothing against, and gives its slot. When all are taken it takes that
	 * of the same name that was not on line last, else the first that was not.
	 */
	add(ssid: string, password: string): number {
		for (let slot = 0; slot < maximumNetworks; slot++)
			if (ssid === this.#names[slot] && password === this.password(slot)) return slot;
		const slot = this.#room(ssid);
		this.#clear(slot);
		if (isKey(password)) this.#storage.write(`k${slot}`, fromHex(password.toLowerCase())!);
		else if ("" !== password) this.#storage.write(`p${slot}`, encodeText(password));
		this.#storage.write(`s${slot}`, encodeText(ssid));
		this.#names[slot] = ssid;
		return slot;
	}

	/** Forgets all of this name; false when there is none. */
	remove(ssid: string): boolean {
		let found = false;
		for (let slot = 0; slot < maximumNetworks; slot++)
			if (ssid === this.#names[slot]) {
				this.#clear(slot);
				found = true;
			}
		return found;
	}

	/** The network of this slot is on line: others of its name, with other passwords, are not needed any more. */
	settle(slot: number): void {
		const ssid = this.#names[slot];
		if (slot !== this.#last) {
			this.#storage.write("last", Uint8Array.of(slot));
			this.#last = slot;
		}
		for (let other = 0; other < maximumNetworks; other++)
			if (other !== slot && ssid === this.#names[other]) this.#clear(other);
	}

	#room(ssid: string): number {
		let named: number | undefined;
		let other: number | undefined;
		for (let slot = 0; slot < maximumNetworks; slot++) {
			const name = this.#names[slot];
			if (undefined === name) return slot;
			if (slot === this.#last) continue;
			other ??= slot;
			if (name === ssid) named ??= slot;
		}
		return named ?? other!;
	}

	#clear(slot: number): void {
		if (undefined !== this.#names[slot]) this.#storage.delete(`s${slot}`);
		this.#names[slot] = undefined;
		if (slot === this.#last) this.#last = noSlot;
		// What a power cut left of another network is not this one's password.
		for (const kind of ["p", "k"])
			if (undefined !== this.#read(`${kind}${slot}`)) this.#storage.delete(`${kind}${slot}`);
		// Nor was what takes the slot next ever on line.
		if (slot === this.#read("last")?.[0]) this.#storage.delete("last");
	}

	/** Undefined for what are no bytes, which the store tells by an error. */
	#read(key: string): Uint8Array | undefined {
		try {
			const bytes = this.#storage.read(key);
			return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : undefined;
		} catch (error) {
			if (!(error instanceof TypeError)) throw error;
		}
	}

	#readText(key: string): string | undefined {
		const bytes = this.#read(key);
		if (undefined === bytes || 0 === bytes.length || bytes.length > 64) return;
		try {
			return decodeText(bytes);
		} catch (error) {
			if (!(error instanceof TextError)) throw error;
		}
	}
}
