/**
 * Does what lines of JSON on serial port 0 say, `["name", parameter…]`, and answers with a line each: what a call gave or
 * threw, what the radio tells, what sockets get. Each line begins with the milliseconds since the start.
 */

import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import Serial from "embedded:io/serial";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import KeyValueStorage from "embedded:storage/key-value";
import setAddress from "access-point";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK has a module of this name.
import Net from "net";
import station from "station";
import WiFi, { type Credentials } from "wifi";

const start = Date.now();
const waiting: Uint8Array[] = [];
let writable = 0;

const serial = new Serial({
	transmit: 1,
	receive: 3,
	baud: 115_200,
	port: 0,
	onReadable() {
		receive(String.fromArrayBuffer(this.read() as ArrayBuffer));
	},
	onWritable(count) {
		writable = count;
		send();
	},
});

function send(): void {
	while (waiting[0] && writable > 0) {
		const part = waiting[0].subarray(0, writable);
		serial.write(part);
		writable -= part.length;
		if (part.length === waiting[0].length) waiting.shift();
		else waiting[0] = waiting[0].subarray(part.length);
	}
}

function say(...items: unknown[]): void {
	waiting.push(new Uint8Array(ArrayBuffer.fromString(`${Date.now() - start} ${items.join(" ")}\n`)));
	send();
}

let line = "";
function receive(text: string): void {
	line += text;
	for (let end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
		const [name, ...parameters] = JSON.parse(line.slice(0, end)) as [string, ...never[]];
		line = line.slice(end + 1);
		try {
			say(name, JSON.stringify(commands[name]!(...parameters)));
		} catch (error) {
			say(name, "threw", (error as Error).message.replace(/.*: /, ""));
		}
	}
}

const text = (bytes: ArrayBuffer) => String.fromArrayBuffer(bytes);
let open: TCP | undefined;
let udp: (UDP & { add(address: string): void; remove(address: string): void }) | undefined;

const callbacks = {
	onReadable(this: TCP) {
		say("tcp", text(this.read() as ArrayBuffer));
	},
	onWritable(this: TCP) {
		if (open !== this) say("opened");
		open = this;
	},
	onError(this: TCP) {
		say("ended");
		this.close();
		if (open === this) open = undefined;
	},
};

const outputs = new Map<number, Digital>();

const commands: Readonly<Record<string, (...parameters: never[]) => unknown>> = {
	state: () => ({
		mode: WiFi.mode,
		ip: Net.get("IP"),
		station: Net.get("IP", "station"),
		accessPoint: Net.get("IP", "ap"),
		mac: Net.get("MAC", "station"),
		rssi: Net.get("RSSI"),
	}),
	listen() {
		const failure = station.failure;
		new WiFi(undefined, (name, reason) => {
			say(name, reason === undefined ? "" : `${reason} ${failure()}`);
		});
	},
	mode(mode: number) {
		WiFi.mode = mode;
	},
	join: (credentials?: Credentials) => WiFi.connect(credentials),
	scan(options: { hidden?: boolean; channel?: number }) {
		WiFi.scan(options, (it) =>
			say("found", it ? JSON.stringify([it.ssid, it.rssi, it.channel, it.authentication]) : "no more"),
		);
	},
	accessPoint: (options: Credentials) => WiFi.accessPoint(options),
	address: (address: string) => setAddress(address),
	stored() {
		const store = KeyValueStorage.open({ path: "wifi" });
		return [...store].map((key) => [key, ...new Uint8Array(store.read(key) as ArrayBuffer)]);
	},
	serve(port: number) {
		new Listener({
			port,
			onReadable() {
				for (let from = this.read(); from; from = this.read()) new TCP({ from, ...callbacks });
			},
		});
	},
	dial(port: number) {
		new TCP({ address: "127.0.0.1", port, ...callbacks });
	},
	write: (message: string) => open!.write(ArrayBuffer.fromString(message)),
	closeOpen() {
		open!.close();
		open = undefined;
	},
	udp(port: number, group?: string) {
		const it = new UDP({
			port,
			onReadable() {
				for (let packet = this.read(); packet; packet = this.read())
					say("udp", packet.address, packet.port, text(packet));
			},
		}) as NonNullable<typeof udp>;
		if (group) it.add(group);
		udp = it;
	},
	leave: (group: string) => udp!.remove(group),
	cast: (message: string, address: string, port: number) => udp!.write(ArrayBuffer.fromString(message), address, port),
	drive(pin: number, value: 0 | 1) {
		const output = outputs.get(pin) ?? new Digital({ pin, mode: Digital.Output });
		outputs.set(pin, output);
		output.write(value);
	},
	i2c(address: number, ...bytes: number[]) {
		const bus = new I2C({ ...device.I2C.default, hz: 400_000, address });
		try {
			bus.write(Uint8Array.from(bytes));
		} finally {
			bus.close();
		}
	},
	button(pin: number) {
		new Digital({
			pin,
			mode: Digital.InputPullUp,
			edge: Digital.Rising | Digital.Falling,
			onReadable() {
				say("button", this.read());
			},
		});
	},
};

say("ready");
