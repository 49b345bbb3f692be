import Resource from "Resource";
import FlashStorage from "embedded:storage/flash";
import KeyValueStorage from "embedded:storage/key-value";
import Flash from "flash";
import Timer from "timer";

const hex = (bytes: ArrayBuffer): string =>
	Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

const refuses = (action: () => unknown): string => {
	try {
		action();
		return "accepted";
	} catch (error) {
		return (error as Error).constructor.name;
	}
};

/** NOR semantics: writing clears bits, erasing sets a block's. */
export function flash(): void {
	const log = FlashStorage.open({ path: "log" });
	const { size, blockLength } = log.status();
	trace(`size ${size} ${blockLength} ${[...FlashStorage].join()}\n`);
	trace(`fresh ${hex(log.read(4, size - 4))}\n`);
	log.write(Uint8Array.of(0xf0, 0x0f), 4095);
	log.write(Uint8Array.of(0x3c, 0x3c), 4095);
	trace(`and ${hex(log.read(4, 4094))}\n`);
	log.eraseBlock(1);
	trace(`erased ${hex(log.read(4, 4094))}\n`);
	const beyond = [
		() => log.read(2, size - 1),
		() => log.write(new Uint8Array(2), size - 1),
		() => log.write(new Uint8Array(1), -1),
		() => log.eraseBlock(size / blockLength),
		() => FlashStorage.open({ path: "none" }),
		() => FlashStorage.open({ path: "log", mode: "r" }).eraseBlock(0),
	].map(refuses);
	trace(`beyond ${beyond.join()}\n`);
}

/** The mapped partition shows what is there and what is written later, outlives who mapped it, and is read only. */
export function mappedFlash(): void {
	const log = FlashStorage.open({ path: "log" });
	log.write(Uint8Array.of(1, 2, 3, 4), 8192);
	const bytes = (() => new Uint8Array(new Flash("log").map() as unknown as ArrayBuffer))();
	for (let i = 0; i < 50; i++) new Uint8Array(2000);
	const part = new Uint8Array(bytes.buffer, 8194, 4);
	trace(`${bytes.length} ${new Flash("log").byteLength} ${part.join()}\n`);
	log.write(Uint8Array.of(0x0f, 0xf0), 8196);
	trace(`later ${part.join()}\n`);
	log.eraseBlock(2);
	trace(`erased ${part.join()}\n`);
	trace(`refused ${refuses(() => bytes.fill(0))},${refuses(() => new Flash("none"))}\n`);
}

/** Counts as fast as it can, in two keys of which the second is never ahead of the first. */
export function counter(): void {
	const store = KeyValueStorage.open({ path: "count", format: "uint32" });
	let count = (store.read("second") as number | undefined) ?? 0;
	trace(`found ${store.read("first") ?? 0} ${count}\n`);
	Timer.repeat(() => {
		for (let i = 0; i < 20; i++) {
			store.write("first", ++count);
			store.write("second", count);
		}
		trace(`count ${count}\n`);
	}, 1);
}

export function keyValue(): void {
	const numbers = KeyValueStorage.open({ path: "numbers", format: "uint16" });
	numbers.write("n", 65_535);
	const strings = KeyValueStorage.open({ path: "strings", format: "string" });
	strings.write("s", "grüß\u{1f600}");
	const buffers = KeyValueStorage.open({ path: "buffers" });
	buffers.write("b", Uint8Array.of(1, 2, 3));
	buffers.write("c", Uint8Array.of(4));
	buffers.delete("c");
	buffers.delete("c");
	trace(`${numbers.read("n")} ${strings.read("s")} ${hex(buffers.read("b") as ArrayBuffer)} ${[...buffers].join()}\n`);
	trace(`other type ${refuses(() => KeyValueStorage.open({ path: "strings" }).read("s"))}`);
	trace(` ${KeyValueStorage.open({ path: "numbers", format: "uint8" }).read("n")}`);
	trace(` absent ${strings.read("none")}\n`);
	const refused = [
		() => numbers.write("n", 65_536),
		() => numbers.write("sixteen-letters!", 1),
		() => numbers.write("", 1),
		() => KeyValueStorage.open({ path: "sixteen-letters!" }),
		() => KeyValueStorage.open({ path: "numbers", mode: "r" }).write("n", Uint8Array.of(1)),
		() => {
			for (let i = 0; i < 16; i++) buffers.write(`big${i}`, new ArrayBuffer(2000));
		},
	].map(refuses);
	for (let i = 0; i < 16; i++) buffers.delete(`big${i}`);
	trace(`refused ${refused.join()}\n`);
}

export function resource(): void {
	const whole = new Resource("resource.bin");
	trace(`${String.fromArrayBuffer(whole.slice(2, 5))} ${(whole.slice(2, undefined, false) as HostBuffer).byteLength}`);
	trace(` ${new Uint8Array(whole)[0]} ${refuses(() => new Uint8Array(whole).fill(0))}`);
	trace(` ${Resource.exists("resource.bin")} ${Resource.exists("none")} ${refuses(() => new Resource("none"))}\n`);
}
