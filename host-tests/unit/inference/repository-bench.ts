import { createHash } from "node:crypto";
import type { Engine } from "gateway/inference/model";
import { type Identity, ModelStore } from "gateway/inference/model-store";
import { Repository, type RepositoryEvent } from "gateway/inference/repository";
import { SimulatedFlash } from "../resources/flash";

export const sha256 = () => {
	const hash = createHash("sha256");
	return {
		write: (data: Uint8Array) => void hash.update(data),
		close: () => new Uint8Array(hash.digest()).buffer,
	};
};

export const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export const identityOf = (name: string, version: string, content: Uint8Array): Identity => ({
	name,
	version,
	size: content.length,
	sha256: digest(content),
});

/** One entry of a key-value store; a write is there as a whole or not at all. */
export class MemoryRecord {
	value: string | undefined;

	read(): string | undefined {
		return this.value;
	}

	write(_key: string, value: string): void {
		this.value = value;
	}
}

export interface RepositoryBenchOptions {
	open(file: Uint8Array, memory: number): Engine;
	flash?: SimulatedFlash;
	record?: MemoryRecord;
	memory?: number;
	factory?: Uint8Array;
	signerOf?: (file: Uint8Array) => string;
	culprit?: number;
}

/** A repository over simulated flash, in virtual time. A second bench over the same flash and record is a restart. */
export class RepositoryBench {
	readonly flash: SimulatedFlash;
	readonly record: MemoryRecord;
	readonly repository: Repository;
	readonly events: RepositoryEvent[] = [];
	/** What was noted around each computation. */
	readonly notes: number[] = [];
	/** What waits until the request is answered. */
	readonly deferred: (() => void)[] = [];
	now = 0;
	#microseconds = 0;

	constructor({
		open,
		flash = new SimulatedFlash(8),
		record = new MemoryRecord(),
		memory = 65_536,
		factory = new Uint8Array(64),
		signerOf = () => "",
		culprit,
	}: RepositoryBenchOptions) {
		this.flash = flash;
		this.record = record;
		this.repository = new Repository({
			factory: { name: "gesture", file: factory },
			open,
			store: new ModelStore({ flash, hash: sha256 }),
			flash: flash.bytes,
			signerOf,
			storage: record,
			note: (mark) => void this.notes.push(mark),
			culprit,
			memory,
			ticks: () => this.now,
			microseconds: () => this.#tick(),
			defer: (run) => void this.deferred.push(run),
			onEvent: (event) => void this.events.push(event),
		});
	}

	#tick(): number {
		this.#microseconds += 10;
		return this.#microseconds;
	}

	/** Runs what was deferred. */
	settle(): void {
		for (const run of this.deferred.splice(0)) run();
	}

	/** Stores a version. */
	put(name: string, version: string, content: Uint8Array, part = content.length): void {
		const upload = this.repository.begin(identityOf(name, version, content));
		for (let at = upload.offset; at < content.length; at += part) upload.write(content.subarray(at, at + part));
		upload.finish();
	}
}
