import type { StorageFormat } from "embedded:storage/key-value";

type Value = ArrayBufferLike | ArrayBufferView | string | number;

interface Options {
	/** Name of the domain, at most 15 characters. */
	path: string;
	format?: StorageFormat;
	mode?: "r" | "r+";
}

const FORMATS: readonly StorageFormat[] = Object.freeze([
	"buffer",
	"string",
	"uint8",
	"int8",
	"uint16",
	"int16",
	"uint32",
	"int32",
]);

/** One domain of the machine's key-value file, with the rules of NVS on the ESP32. */
class Storage {
	#domain: string;
	#format: StorageFormat;
	#writable: boolean;
	#open = true;

	constructor({ path, format = "buffer", mode = "r+" }: Options) {
		if (!FORMATS.includes(format)) throw new RangeError("format");
		if (mode !== "r" && mode !== "r+") throw new RangeError("mode");
		this.#domain = path.endsWith("/") ? path.slice(0, -1) : path;
		if (this.#domain.length < 1 || this.#domain.length > 15) throw new RangeError("path");
		this.#format = format;
		this.#writable = mode === "r+";
	}
	/** Undefined when the key is absent; a TypeError when a string is asked for and a buffer is there, or the reverse. */
	read(key: string): ArrayBuffer | string | number | undefined {
		return native("xs_keyvalue_read").call(this, this.#check(), key, FORMATS.indexOf(this.#format) + 1);
	}
	/** Durable when it returns. */
	write(key: string, value: Value): void {
		const domain = this.#check();
		if (!this.#writable) throw new Error("read-only");
		native("xs_keyvalue_write").call(this, domain, key, FORMATS.indexOf(this.#format) + 1, value);
	}
	delete(key: string): void {
		const domain = this.#check();
		if (!this.#writable) throw new Error("read-only");
		native("xs_keyvalue_delete").call(this, domain, key);
	}
	close(): void {
		this.#open = false;
	}
	get format(): StorageFormat {
		return this.#format;
	}
	set format(value: StorageFormat) {
		if (!FORMATS.includes(value)) throw new RangeError("format");
		this.#format = value;
	}
	*[Symbol.iterator](): IterableIterator<string> {
		for (let index = 0; ; index++) {
			const key: string | undefined = native("xs_keyvalue_key").call(this, this.#check(), index);
			if (key === undefined) return;
			yield key;
		}
	}
	#check(): string {
		if (!this.#open) throw new Error("closed");
		return this.#domain;
	}
}

export default Object.freeze({
	open(options: Options): Storage {
		return new Storage(options);
	},
});
