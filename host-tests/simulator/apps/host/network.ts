import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import KeyValueStorage from "embedded:storage/key-value";
import Timer from "timer";

const open = (): number => Number(KeyValueStorage.open({ path: "host", format: "string" }).read("port"));

/** Gives back what it gets. */
export function server(): void {
	const listener = new Listener({
		port: open(),
		onReadable() {
			for (let from = this.read(); from; from = this.read())
				new TCP({
					from,
					onReadable() {
						this.write(this.read() as ArrayBuffer);
					},
					onError() {
						this.close();
					},
				});
		},
	});
	trace(`port ${listener.port}\n`);
}

/** Reads what comes and keeps nothing. */
export function sink(): void {
	new Listener({
		port: open(),
		onReadable() {
			for (let from = this.read(); from; from = this.read())
				new TCP({
					from,
					onReadable(count) {
						this.read(Math.min(count, 1024));
					},
				});
		},
	});
}

/** Asks the server a thousand times, once a simulated minute, each time over a new connection. */
export function client(): void {
	const port = open();
	const start = Date.now();
	let answers = 0;
	let waited = 0;
	const timer = Timer.repeat(() => {
		const asked = Date.now();
		let written = false;
		new TCP({
			address: "127.0.0.1",
			port,
			onWritable() {
				if (!written) this.write(ArrayBuffer.fromString("x".repeat(1400)));
				written = true;
			},
			onReadable() {
				this.read();
				this.close();
				waited += Date.now() - asked;
				if (++answers === 1000) {
					Timer.clear(timer);
					trace(`answers ${answers}, waited ${waited} ms, after ${(Date.now() - start) / 60_000} minutes\n`);
				}
			},
		});
	}, 60_000);
}

/** Accepts nothing. */
export function deaf(): void {
	trace(`port ${new Listener({ port: 0 }).port}\n`);
}

/** Writes more than the other side takes. */
export function flood(): void {
	let sent = 0;
	new TCP({
		address: "127.0.0.1",
		port: open(),
		onWritable(count) {
			sent += count;
			this.write(new ArrayBuffer(count));
			try {
				for (;;) this.write(new ArrayBuffer(1024));
			} catch (error) {
				trace(`${(error as Error).message.replace(/.*: /, "")}\n`);
			}
			if (sent > 1_000_000) this.close();
		},
		onError() {
			trace("ended\n");
		},
	});
}

export function refused(): void {
	new TCP({
		address: "127.0.0.1",
		port: open(),
		onError() {
			trace("refused\n");
			this.close();
		},
	});
}

export function ticks(): void {
	const start = Date.now();
	let count = 0;
	Timer.repeat(() => {
		if (++count === 86_400) trace(`ticks ${count} in ${Date.now() - start} ms\n`);
	}, 1000);
}

/** Timers of one moment in the order in which they were set, others by their time. */
export function order(): void {
	const seen: string[] = [];
	for (const [name, delay] of [
		["c", 20],
		["a", 10],
		["b", 10],
		["d", 30],
	] as const)
		Timer.set(() => seen.push(name), delay);
	const cleared = Timer.set(() => seen.push("never"), 15);
	Timer.set(() => Timer.clear(cleared), 5);
	const moved = Timer.set(() => seen.push("e"), 1);
	Timer.schedule(moved, 40);
	Timer.set(() => trace(`${seen.join("")}\n`), 50);
}

/** Prints numbers that depend on the seed and the machine's name alone. */
export function random(): void {
	trace(`${Math.random()} ${Math.random()}\n`);
}
