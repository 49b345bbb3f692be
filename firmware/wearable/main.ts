/** The wearable: motion sensor → windows → gateway. */

import I2C from "embedded:io/i2c";
import TCP from "embedded:io/socket/tcp";
import KeyValueStorage from "embedded:storage/key-value";
import { keyLength } from "common/protocol";
import { Digest } from "crypt";
import MPU6050 from "drivers/mpu6050";
import config from "mc/config";
import Time from "time";
import Timer from "timer";
import { Allocator } from "wearable/allocator";
import { Exchange } from "wearable/exchange";
import { IMU } from "wearable/imu";
import { Link } from "wearable/link";
import { Ring } from "wearable/ring";
import { readSettings } from "wearable/settings";
import { measure } from "wearable/vitals";
import { windowLength } from "wearable/window";

/** Milliseconds between two looks at the sensor's FIFO, which holds 0.7 s. */
const interval = 60;
/** Windows that are kept while the gateway is away. */
const capacity = 4;

const log = (line: string) => trace(`${line}\n`);

const texts = KeyValueStorage.open({ path: "wearable", format: "string" });
const numbers = KeyValueStorage.open({ path: "wearable", format: "int32" });
/** The key is kept as bytes: its 64 digits are more than the ESP8266's store takes. */
const secrets = KeyValueStorage.open({ path: "wearable", format: "buffer" });
const key = secrets.read("key") as ArrayBuffer | undefined;
const settings = readSettings({
	text: (name) => texts.read(name) as string | undefined,
	number: (name) => numbers.read(name) as number | undefined,
});
/** Numbers of their own for windows and for requests, each with its two checkpoints in the store. */
const createAllocator = (first: string, second: string) =>
	new Allocator({
		read: (place) => texts.read(0 === place ? first : second) as string | undefined,
		write: (place, value) => texts.write(0 === place ? first : second, value),
	});
const windows = createAllocator("number", "number2");
const counters = createAllocator("counter", "counter2");
const ring = new Ring({ capacity, byteLength: windowLength(settings.window) });
const imu = new IMU({
	sensor: new MPU6050({ sensor: { ...device.I2C.default, io: I2C } }),
	rate: settings.rate,
	threshold: settings.threshold,
	release: settings.release,
	history: settings.history,
	ring,
	allocate: () => windows.next(),
	log,
});
const exchange = new Exchange({
	id: settings.id,
	name: settings.name,
	firmware: config.wearable.firmware,
	model: settings.model,
	host: `${settings.address}:${settings.port}`,
	key: keyLength === key?.byteLength ? new Uint8Array(key) : undefined,
	ring,
	allocator: counters,
	createHash: () => new Digest("SHA256"),
	random: Math.random,
	vitals: () => {
		const { battery, signal } = measure(numbers);
		const measured = `${undefined === battery ? "" : `;battery=${battery}`}${undefined === signal ? "" : `;signal=${signal}`}`;
		return `${measured};rate=${imu.rate.toFixed(1)}`;
	},
	saveKey: (bytes) => secrets.write("key", bytes),
	log,
});
// Time.ticks begins anew after some weeks; differences of it are right nevertheless.
let ticks = Time.ticks;
let elapsed = 0;
function now(): number {
	const before = ticks;
	ticks = Time.ticks;
	elapsed += Time.delta(before, ticks);
	return elapsed;
}

const link = new Link({
	exchange,
	socket: { io: TCP, address: settings.address, port: settings.port },
	now,
});

Timer.repeat(() => {
	imu.poll();
	link.tick();
}, interval);
