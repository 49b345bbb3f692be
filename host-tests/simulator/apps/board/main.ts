/** Says why it started; then does what its key-value entry "board"/"role" says, which is mostly some way to end. */

import Digital from "embedded:io/digital";
import FlashStorage from "embedded:storage/flash";
import KeyValueStorage from "embedded:storage/key-value";
import boot from "boot";
import { Digest } from "crypt";
import Flash from "flash";
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
if (boot.reason === "power" || role === "storage" || role === "button") roles[role]?.();
