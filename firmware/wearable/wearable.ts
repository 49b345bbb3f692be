import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import Serial from "embedded:io/serial";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import KeyValueStorage, { type Storage } from "embedded:storage/key-value";
import boot from "boot";
import { Improv, type ImprovBoard } from "common/improv";
import { nameOf } from "common/mdns/message";
import { monotonic } from "common/monotonic";
import { keyLength } from "common/protocol";
import { fillRandom } from "common/random";
import { SerialOutput } from "common/serial-output";
import { type Found, Link as WiFiLink, type LinkOptions as WiFiOptions } from "common/wifi/link";
import { maximumNetworks } from "common/wifi/networks";
import { Digest } from "crypt";
import { freeBus } from "drivers/i2c-recovery";
import MPU6050 from "drivers/mpu6050";
import config from "mc/config";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK has a module of this name.
import Net from "net";
import Timer from "timer";
import { Allocator, type Checkpoint } from "wearable/allocator";
import { Exchange, type ExchangeOptions } from "wearable/exchange";
import { Hold } from "wearable/hold";
import { IMU, type IMUOptions, type MotionSensor } from "wearable/imu";
import { isLit, Signal } from "wearable/indicator";
import { Link, type LinkOptions } from "wearable/link";
import { Locator, type LocatorOptions, type Search } from "wearable/locator";
import { MulticastSearch } from "wearable/multicast-search";
import { Ring } from "wearable/ring";
import { defaultId, readSettings, type Settings, type Store } from "wearable/settings";
import { measure } from "wearable/vitals";
import { windowLength } from "wearable/window";

/** Milliseconds between two looks at the sensor's FIFO, which holds 0.7 s. */
const interval = 60;
/** Windows that are kept while the gateway is away. */
const capacity = 4;
/** Bytes that wait for the serial line; Improv's longest packet has 266. */
const serialCapacity = 512;
/** Milliseconds for which the button is held to forget networks and gateway. */
const forgetAfter = 5000;
const tokenLength = 16;
const gatewayType = nameOf("_tmlaas", "_tcp", "local");

/**
 * The composition root, and what its parts ask for: motion sensor → windows → gateway. It is one preloaded class because
 * of the heap: a function or an options object made at run time takes 100 bytes and more, a method none.
 */
export class Wearable
	implements Store, WiFiOptions, ImprovBoard, IMUOptions, ExchangeOptions, LinkOptions, LocatorOptions
{
	readonly now = monotonic();
	readonly random = Math.random;
	readonly fillRandom = fillRandom;
	readonly io = TCP;
	readonly firmware: string = config.wearable.firmware;

	readonly #output = new SerialOutput({ capacity: serialCapacity });
	readonly #texts = KeyValueStorage.open({ path: "wearable", format: "string" });
	readonly #numbers = KeyValueStorage.open({ path: "wearable", format: "int32" });
	/** Keys are kept as bytes: their 64 digits are more than the ESP8266's store takes. */
	readonly #secrets = KeyValueStorage.open({ path: "wearable", format: "buffer" });
	readonly key = this.#secret("key", keyLength);
	readonly token = this.#secret("token", tokenLength);
	readonly kept = this.#texts.read("gatewayId") as string | undefined;
	readonly #wifi = new WiFiLink(this);
	readonly #settings: Settings = readSettings({
		store: this,
		id: defaultId(Net.get("MAC", "station") ?? ""),
		complain: (line) => this.log(line),
	});
	readonly ring = new Ring({ capacity, byteLength: windowLength(this.#settings.window) });
	/** Numbers of their own for windows and for requests, each with its two checkpoints in the store. */
	readonly #windows = new Allocator(new StoredCheckpoint(this.#texts, "number"));
	readonly allocator = new Allocator(new StoredCheckpoint(this.#texts, "counter"));
	readonly #imu = new IMU(this);
	readonly exchange = new Exchange(this);
	readonly #link = new Link(this);
	/** Absent when a setting says where the gateway is. */
	readonly #locator: Locator | undefined;
	readonly #improv = new Improv(this, this.#output);
	readonly #light = new Digital({ pin: device.pin.led!, mode: Digital.Output });
	readonly #button = new Digital({ pin: device.pin.button!, mode: Digital.InputPullUp });
	readonly #hold = new Hold(forgetAfter);
	/** The slot of the network that was given over the serial line and is being tried. */
	#asked: number | undefined;
	/** What was told of the network last. */
	#told = "";

	constructor() {
		const { gateway } = this.#settings;
		if (gateway) this.onFound(gateway.address, gateway.port);
		else this.#locator = new Locator(this);
	}

	start(): void {
		// In a debug build the line is the debugger's: a baud rate of 0 leaves it that.
		if (config.wearable.baud)
			new Serial({
				...device.Serial.default,
				baud: config.wearable.baud,
				format: "buffer",
				target: this,
				onReadable: readable,
				onWritable: writable,
			});
		this.log(`TMLaaS wearable ${this.firmware}, ${this.id}`);
		this.#wifi.start();
		this.onChange();
		Timer.repeat(() => this.#tick(), interval);
	}

	#tick(): void {
		const time = this.now();
		this.#imu.poll();
		const online = this.connected;
		this.#locator?.tick(online, this.exchange.unanswered);
		if (online && false !== this.#locator?.found) this.#link.tick();
		if (this.#hold.tick(0 === this.#button.read(), time)) this.#forget();
		// Low lights it.
		this.#light.write(this.#hold.held(time) || isLit(this.#signal(), time) ? 0 : 1);
	}

	#signal(): Signal {
		if (0 === this.#wifi.networks.count) return Signal.unknown;
		if (!this.#imu.works) return Signal.sensor;
		if (!this.connected) return Signal.network;
		if (this.exchange.waiting) return Signal.operator;
		if (this.exchange.unanswered > 1 || false === this.#locator?.found) return Signal.gateway;
		return Signal.well;
	}

	/** Who has it next sets it up anew. Its id and its numbers stay. */
	#forget(): never {
		const { networks } = this.#wifi;
		for (let slot = 0; slot < maximumNetworks; slot++) {
			const ssid = networks.ssid(slot);
			if (undefined !== ssid) networks.remove(ssid);
		}
		this.#texts.delete("gatewayId");
		this.#secrets.delete("key");
		this.#secrets.delete("token");
		return boot.restart();
	}

	#secret(name: string, length: number): Uint8Array | undefined {
		const bytes = this.#secrets.read(name) as ArrayBuffer | undefined;
		return length === bytes?.byteLength ? new Uint8Array(bytes) : undefined;
	}

	/** A release build of the SDK traces nowhere. */
	log(line: string): void {
		trace(`${line}\n`);
		this.#output.line(line);
	}

	/* The settings' store */

	text(name: string): string | undefined {
		return this.#texts.read(name) as string | undefined;
	}

	number(name: string): number | undefined {
		return this.#numbers.read(name) as number | undefined;
	}

	get id(): string {
		return this.#settings.id;
	}

	get name(): string {
		return this.#settings.name;
	}

	get model(): string {
		return this.#settings.model;
	}

	get rate(): number {
		return this.#settings.rate;
	}

	get threshold(): number {
		return this.#settings.threshold;
	}

	get release(): number {
		return this.#settings.release;
	}

	get history(): number {
		return this.#settings.history;
	}

	/* The network */

	get storage(): Storage {
		return KeyValueStorage.open({ path: "wifi", format: "buffer" });
	}

	get connected(): boolean {
		return "connected" === this.#wifi.supervisor.state;
	}

	onChange(): void {
		const { supervisor } = this.#wifi;
		const { state, failure, slot } = supervisor;
		// Whoever waits at the line does not wait for the other networks, which are tried next.
		if (undefined !== this.#asked && null !== supervisor.failureOf(this.#asked)) {
			this.#asked = undefined;
			this.#improv.failed();
		}
		if ("connecting" === state) return;
		const online = "connected" === state;
		const line = online
			? `network ${this.#wifi.networks.ssid(slot!)}: on line as ${this.id}`
			: 0 === this.#wifi.networks.count
				? "no network is known: set one over this line (Improv Wi-Fi)"
				: `no network: ${failure ?? "lost"}; trying again`;
		if (line !== this.#told) this.log(line);
		this.#told = line;
		if (online) this.exchange.resume();
		if (!online || slot !== this.#asked) return;
		this.#asked = undefined;
		this.#improv.connected();
	}

	/* Improv */

	get information(): ImprovBoard["information"] {
		return { firmware: "TMLaaS wearable", version: this.firmware, chip: "ESP8266", name: this.name };
	}

	/** The device has no page. */
	url(): undefined {
		return undefined;
	}

	join(ssid: string, password: string): void {
		this.#asked = this.#wifi.attempt(ssid, password);
	}

	look(found: Found, done: () => void): boolean {
		return this.#wifi.look(found, done);
	}

	received(bytes: Uint8Array): void {
		this.#improv.receive(bytes);
	}

	writable(port: Serial, room: number): void {
		this.#output.writable(port, room);
	}

	/* The sensor */

	openSensor(): MotionSensor {
		return new MPU6050({ sensor: { ...device.I2C.default, io: I2C } });
	}

	recover(): void {
		const { data, clock } = device.I2C.default;
		freeBus({ data, clock, openInput, openOutput });
	}

	allocate(): number {
		return this.#windows.next();
	}

	/* The gateway */

	get joined(): boolean {
		return undefined !== this.key;
	}

	createHash(): Digest {
		return new Digest("SHA256");
	}

	vitals(): string {
		const { battery, signal } = measure(this.#numbers);
		const measured = `${undefined === battery ? "" : `;battery=${battery}`}${undefined === signal ? "" : `;signal=${signal}`}`;
		return `${measured};rate=${this.#imu.rate.toFixed(1)}`;
	}

	saveKey(key: Uint8Array): void {
		this.#secrets.write("key", key);
		this.#locator?.joined();
	}

	saveToken(token: Uint8Array | undefined): void {
		if (token) this.#secrets.write("token", token);
		else this.#secrets.delete("token");
	}

	onClosed(): void {
		this.#locator?.closed();
	}

	begin(wanted: string | undefined): Search {
		return new MulticastSearch({ io: UDP, type: gatewayType, wanted, now: this.now });
	}

	keep(id: string): void {
		this.#texts.write("gatewayId", id);
	}

	onFound(address: string, port: number): void {
		this.exchange.moved(`${address}:${port}`);
		this.#link.connect(address, port);
	}
}

/** Two keys of the store in turn: `name` and `name2`. */
class StoredCheckpoint implements Checkpoint {
	readonly #texts: Storage;
	readonly #name: string;

	constructor(texts: Storage, name: string) {
		this.#texts = texts;
		this.#name = name;
	}

	read(place: 0 | 1): string | undefined {
		return this.#texts.read(this.#key(place)) as string | undefined;
	}

	write(place: 0 | 1, value: string): void {
		this.#texts.write(this.#key(place), value);
	}

	#key(place: 0 | 1): string {
		return 0 === place ? this.#name : `${this.#name}2`;
	}
}

function readable(this: Serial): void {
	const bytes = this.read();
	if (bytes instanceof ArrayBuffer) (this.target as Wearable).received(new Uint8Array(bytes));
}

function writable(this: Serial, room: number): void {
	(this.target as Wearable).writable(this, room);
}

function openInput(pin: number): Digital {
	return new Digital({ pin, mode: Digital.InputPullUp });
}

function openOutput(pin: number): Digital {
	return new Digital({ pin, mode: Digital.OutputOpenDrain });
}
