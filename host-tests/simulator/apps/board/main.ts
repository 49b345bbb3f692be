/** Says why it started; then does what its key-value entry "board"/"role" says, which is mostly some way to end. */

import Digital from "embedded:io/digital";
import FlashStorage from "embedded:storage/flash";
import KeyValueStorage from "embedded:storage/key-value";
import Update from "embedded:update";
import boot from "boot";
import { Digest } from "crypt";
import Flash from "flash";
import config from "mc/config";
import Timer from "timer";

const settings = KeyValueStorage.open({ path: "board", format: "string" });
const counters = KeyValueStorage.open({ path: "counters", format: "uint32" });

function bytesOf(block: ArrayBuffer): string {
	const bytes = new Uint8Array(block);
	return [bytes[0], bytes[63], bytes[64], bytes[65], bytes[127]].join(",");
}

/** Spends about as many byte codes. */
function work(turns: number): number {
	let sum = 0;
	for (let turn = 0; turn < turns; turn++) sum = (sum + turn) | 0;
	return sum;
}

function install(): void {
	const source = FlashStorage.open({ path: "image" });
	const length = new DataView(source.read(4, 0)).getUint32(0, true);
	const update = Update.open({ partition: FlashStorage.open({ path: "nextota" }), mode: "a", byteLength: length });
	for (let offset = 0; offset < length; offset += 3000)
		update.write(source.read(Math.min(3000, length - offset), 4 + offset));
	try {
		update.complete();
	} catch (error) {
		trace(`refused ${(error as Error).message}\n`);
		settings.write("done", "yes");
		return;
	}
	update.close();
	settings.write("done", "yes");
	boot.restart();
}

const roles: Readonly<Record<string, () => unknown>> = {
	restart: () => boot.restart(),
	exception() {
		throw new Error("as it must");
	},
	memory() {
		const all: ArrayBuffer[] = [];
		for (;;) all.push(new ArrayBuffer(1024));
	},
	loop() {
		boot.watch(300);
		for (;;);
	},
	/** Native code that takes longer than it may. */
	native() {
		boot.watch(20);
		new Digest("SHA256").write(new Flash("large").map());
	},
	wait() {
		boot.watch(300);
		Timer.delay(301);
	},
	/** Each round has its time, and what feeds has more. */
	busy() {
		boot.watch(300);
		let rounds = 0;
		Timer.repeat(() => {
			work(20_000);
			Timer.delay(250);
			boot.feed();
			Timer.delay(250);
			if (++rounds === 5) trace("still here\n");
		}, 10);
	},
	button() {
		const button = new Digital({ pin: device.pin.button!, mode: Digital.InputPullUp });
		trace(`button ${button.read()}\n`);
	},
	/** Installs what the partition "image" has, its length first, once; says of each firmware which it is. */
	update() {
		const { version, trial } = config.board;
		trace(`runs ${version} in ${boot.slot}${boot.pending ? " on trial" : ""}\n`);
		if (boot.pending) {
			if (trial === "confirm") {
				boot.confirm();
				trace(`confirmed ${version} ${boot.pending}\n`);
			} else if (trial === "roll back") boot.rollback();
			else if (trial === "die") throw new Error("as it must");
		}
		if (version !== "1") trace(`stays ${version}\n`);
		else if (settings.read("done") === "yes") trace("stays 1\n");
		else install();
	},
	/** Six operations: what a power cut finds. */
	storage() {
		const flash = FlashStorage.open({ path: "log" });
		const seen = `${counters.read("a")} ${counters.read("b")} ${bytesOf(flash.read(128, 0))} ${bytesOf(flash.read(128, 4096 - 128))}`;
		trace(`found ${seen}\n`);
		if (boot.reason !== "power" || settings.read("done") === "yes") return;
		counters.write("a", 1);
		flash.eraseBlock(0);
		flash.write(new Uint8Array(128), 0);
		flash.write(new Uint8Array(128), 4096 - 128);
		flash.eraseBlock(0);
		counters.write("b", 1);
		settings.write("done", "yes");
		trace("done\n");
	},
};

const role = settings.read("role") as string;
trace(`started ${boot.reason} ${boot.slot} ${boot.pending}\n`);
Timer.repeat(() => {}, 60_000);
if (boot.reason === "power" || ["storage", "button", "update"].includes(role)) roles[role]?.();
