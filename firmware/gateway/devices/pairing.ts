import { toHex } from "common/hex";
import { Limits } from "common/protocol";

export interface JoinRequest {
	readonly id: string;
	readonly name: string;
	readonly firmware: string;
	/** Four digits made of the device's token: the device tells them too, so that the operator can compare. */
	readonly code: string;
}

interface Entry extends JoinRequest {
	/** SHA-256 of the token in hexadecimal digits: a text takes less of the heap than bytes. */
	readonly digest: string;
	state: "pending" | "accepted" | "refused";
	/** When an accepted or refused entry is forgotten, in milliseconds. */
	deadline: number;
	/** Whether an accepted device was told its key. */
	told: boolean;
}

/** Requests at most that wait for the operator, and that were refused and not yet told so. */
const maximumRequests = 8;

/** Milliseconds. */
const duration = 1000 * Limits.pairing;

export interface PairingOptions {
	/** 32 random bytes. */
	createKey(): Uint8Array;
	/** SHA-256 of a text. */
	digest(text: string): Uint8Array;
	/** Makes a device known; false when there is no room. */
	admit(request: JoinRequest, key: Uint8Array): boolean;
	/** The key of a known device. */
	keyOf(id: string): Uint8Array | undefined;
	/** Called after each change that a viewer sees. */
	onChange(): void;
}

/**
 * Commissioning: open for two minutes, devices ask, the operator compares codes and accepts, the device fetches its key.
 * Times are milliseconds on any clock that does not go back.
 */
export class Pairing {
	readonly #options: PairingOptions;
	readonly #entries = new Map<string, Entry>();
	#deadline = 0;

	constructor(options: PairingOptions) {
		this.#options = options;
	}

	open(now: number): void {
		this.#deadline = now + duration;
		this.#options.onChange();
	}

	/** Nobody may ask any more; those who wait are forgotten, those accepted may still fetch their keys. */
	close(): void {
		this.#deadline = 0;
		for (const [id, { state }] of this.#entries) if ("pending" === state) this.#entries.delete(id);
		this.#options.onChange();
	}

	/** Closes when its time is over. To be called at least at the end of `remaining`. */
	tick(now: number): void {
		if (this.#deadline && now >= this.#deadline) this.close();
		for (const [id, { state, deadline }] of this.#entries)
			if ("pending" !== state && now >= deadline) this.#entries.delete(id);
	}

	/** Milliseconds for which it stays open; 0 when it is closed. */
	remaining(now: number): number {
		return Math.max(0, this.#deadline - now);
	}

	/** Those who wait for the operator. */
	requests(): JoinRequest[] {
		const requests: JoinRequest[] = [];
		for (const entry of this.#entries.values()) if ("pending" === entry.state) requests.push(entry);
		return requests;
	}

	/**
	 * A device asks. The first with an id stays until it has its key: another with the same id and another token is a
	 * conflict, so nobody takes a place that the operator is about to accept or just has.
	 */
	join(
		now: number,
		id: string,
		name: string,
		firmware: string,
		token: string,
	): { readonly code: string } | "closed" | "full" | "conflict" {
		this.tick(now);
		if (!this.#deadline) return "closed";
		const bytes = this.#options.digest(token);
		const digest = toHex(bytes);
		const before = this.#entries.get(id);
		if (before && "refused" !== before.state) {
			if (before.digest === digest) return { code: before.code };
			if (!before.told) return "conflict";
		}
		if (this.count("pending") >= maximumRequests) return "full";
		const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % 10_000;
		const code = String(number).padStart(4, "0");
		this.#entries.set(id, { id, name, firmware, code, digest, state: "pending", deadline: 0, told: false });
		this.#options.onChange();
		return { code };
	}

	/** A device asks how it stands; its key once it has been accepted. */
	poll(now: number, id: string, token: string): { readonly key: Uint8Array } | "pending" | "refused" | "unknown" {
		this.tick(now);
		const entry = this.#entries.get(id);
		if (!entry || entry.digest !== toHex(this.#options.digest(token))) return "unknown";
		if ("accepted" !== entry.state) return entry.state;
		const key = this.#options.keyOf(id);
		if (!key) return "unknown";
		entry.told = true;
		return { key };
	}

	accept(now: number, id: string): "accepted" | "unknown" | "full" {
		this.tick(now);
		const entry = this.#entries.get(id);
		if ("pending" !== entry?.state) return "unknown";
		if (!this.#options.admit(entry, this.#options.createKey())) return "full";
		this.settle(entry, "accepted", now);
		return "accepted";
	}

	refuse(now: number, id: string): "refused" | "unknown" {
		this.tick(now);
		const entry = this.#entries.get(id);
		if ("pending" !== entry?.state) return "unknown";
		if (this.count("refused") >= maximumRequests) this.forgetFirst("refused");
		this.settle(entry, "refused", now);
		return "refused";
	}

	/** The device uses its key, or is known no more: the key is not told again. */
	settled(id: string): void {
		if ("accepted" === this.#entries.get(id)?.state) this.#entries.delete(id);
	}

	private settle(entry: Entry, state: "accepted" | "refused", now: number): void {
		entry.state = state;
		entry.deadline = now + duration;
		this.#options.onChange();
	}

	private count(state: Entry["state"]): number {
		let count = 0;
		for (const entry of this.#entries.values()) if (state === entry.state) count++;
		return count;
	}

	private forgetFirst(state: Entry["state"]): void {
		for (const [id, entry] of this.#entries)
			if (state === entry.state) {
				this.#entries.delete(id);
				return;
			}
	}
}
