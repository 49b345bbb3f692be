import type { Store } from "gateway/devices/registry";

export class PowerCut extends Error {}

/** One domain of a key-value store, whose power can be cut at any write. */
export class MemoryStore implements Store {
	readonly entries = new Map<string, ArrayBuffer>();
	/** Writes and deletions until the power goes: that one is not done. */
	remaining = Number.POSITIVE_INFINITY;
	writes = 0;

	read(key: string): ArrayBuffer | undefined {
		return this.entries.get(key)?.slice(0);
	}

	write(key: string, value: Uint8Array): void {
		this.#spend();
		this.entries.set(key, value.slice().buffer as ArrayBuffer);
	}

	delete(key: string): void {
		this.#spend();
		this.entries.delete(key);
	}

	[Symbol.iterator](): IterableIterator<string> {
		return [...this.entries.keys()][Symbol.iterator]();
	}

	#spend(): void {
		if (this.remaining-- <= 0) throw new PowerCut("power cut");
		this.writes++;
	}
}
