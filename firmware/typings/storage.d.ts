// What @moddable/typings 5.6 lacks of the SDK's storage modules.

declare module "embedded:storage/key-value" {
	export type StorageFormat = "buffer" | "string" | "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32";

	/** One domain of keys. A key has at most 15 characters on the ESP32 (NVS). */
	export interface Storage {
		read(key: string): ArrayBuffer | string | number | undefined;
		write(key: string, value: ArrayBufferLike | ArrayBufferView | string | number): void;
		delete(key: string): void;
		close(): void;
		[Symbol.iterator](): IterableIterator<string>;
	}

	const KeyValueStorage: {
		open(options: { path: string; format?: StorageFormat; mode?: "r" | "r+" }): Storage;
	};
	export default KeyValueStorage;
}

declare module "embedded:storage/flash" {
	export interface FlashStatus {
		/** Bytes. */
		size: number;
		/** Bytes erased together, 4096 on the ESP32. */
		blockLength: number;
		blocks: number;
		/** Bytes that a write is rounded to. */
		writeAlign: number;
		eraseValue: number;
	}

	export interface Flash {
		/** Erases the blocks from `start` up to, not including, `end` (default `start + 1`). */
		eraseBlock(start: number, end?: number): void;
		read(byteLength: number, byteOffset: number): ArrayBuffer;
		read(buffer: ArrayBufferLike | ArrayBufferView, byteOffset: number): number;
		/** NOR semantics: clears bits, never sets them. */
		write(buffer: ArrayBufferLike | ArrayBufferView, byteOffset: number): void;
		status(): FlashStatus;
		close(): void;
	}

	const FlashStorage: {
		open(options: { path: string; mode?: "r" | "r+" }): Flash;
		[Symbol.iterator](): IterableIterator<string>;
	};
	export default FlashStorage;
}
