import type { FlashStatus } from "embedded:storage/flash";

type ByteBuffer = ArrayBufferLike | ArrayBufferView;

interface Options {
	/** Name of a partition. */
	path: string;
	mode?: "r" | "r+";
}

/** One partition of the machine's flash: writing clears bits, erasing a block sets them. */
class Flash extends Native("xs_flash_destructor") {
	constructor({ path, mode = "r+" }: Options) {
		super();
		if (mode !== "r" && mode !== "r+") throw new RangeError("mode");
		native("xs_flash").call(this, path, mode === "r+");
	}
	eraseBlock(start: number, end = start + 1): void {
		native("xs_flash_erase").call(this, start, end);
	}
	read(byteLength: number, byteOffset: number): ArrayBuffer;
	read(buffer: ByteBuffer, byteOffset: number): number;
	read(what: number | ByteBuffer, byteOffset: number): ArrayBuffer | number {
		return native("xs_flash_read").call(this, what, byteOffset);
	}
	write(buffer: ByteBuffer, byteOffset: number): void {
		native("xs_flash_write").call(this, buffer, byteOffset);
	}
	status(): FlashStatus {
		const size: number = native("xs_flash_size").call(this);
		return { size, blockLength: 4096, blocks: size / 4096, writeAlign: 1, eraseValue: 0xff };
	}
	close(): void {
		native("xs_flash_close").call(this);
	}
	get format(): "buffer" {
		return "buffer";
	}
}

export default Object.freeze({
	open(options: Options): Flash {
		return new Flash(options);
	},
	*[Symbol.iterator](): IterableIterator<string> {
		for (let index = 0; ; index++) {
			const name: string | undefined = native("xs_flash_partition").call(undefined, index);
			if (name === undefined) return;
			yield name;
		}
	},
});
