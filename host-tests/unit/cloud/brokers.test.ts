/** The uplink over real sockets, against brokers that others wrote. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket as NodeSocket, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { Outbox } from "gateway/cloud/outbox";
import { type CloudStatus, type Socket, type SocketOptions, Uplink } from "gateway/cloud/uplink";
import mqtt from "mqtt";
import { afterEach, describe, expect, test } from "vitest";
import { hasProgram } from "../../optional";
import { SimulatedFlash } from "../resources/flash";

/** A TCP connection of ECMA-419 over Node's. */
class TCP implements Socket {
	readonly #socket: NodeSocket;
	readonly #options: SocketOptions;
	#incoming: Buffer = Buffer.alloc(0);
	#closed = false;

	constructor(options: SocketOptions) {
		this.#socket = connect({ host: options.address, port: options.port, noDelay: true });
		this.#socket.on("connect", () => options.onWritable(1024));
		this.#socket.on("drain", () => options.onWritable(1024));
		this.#socket.on("data", (data) => {
			this.#incoming = Buffer.concat([this.#incoming, data]);
			options.onReadable(this.#incoming.length);
		});
		// Node follows an error with "close".
		this.#socket.on("error", () => {});
		this.#socket.on("close", () => {
			if (!this.#closed) options.onError();
		});
		this.#options = options;
	}

	read(byteLength: number): ArrayBuffer {
		const bytes = Uint8Array.from(this.#incoming.subarray(0, byteLength));
		this.#incoming = this.#incoming.subarray(byteLength);
		return bytes.buffer;
	}

	write(bytes: Uint8Array): void {
		this.#socket.write(Buffer.from(bytes), () => {
			if (!this.#closed) this.#options.onWritable(1024);
		});
	}

	close(): void {
		this.#closed = true;
		this.#socket.destroy();
	}
}

const timer = {
	set: (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds),
	clear: (timeout: NodeJS.Timeout) => clearTimeout(timeout),
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function until(condition: () => boolean, what: string): Promise<void> {
	const end = performance.now() + 20_000;
	while (!condition()) {
		if (performance.now() > end) throw new Error(`${what}: not in time`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

function startUplink(port: number, flash: SimulatedFlash) {
	const statuses: CloudStatus[] = [];
	const outbox = new Outbox({ flash });
	const uplink = new Uplink({
		tcp: TCP,
		timer,
		now: () => performance.now(),
		random: () => 0,
		outbox,
		gateway: "gw1",
		version: "0.1.0",
		broker: { address: "127.0.0.1", port },
		onStatus: (status) => statuses.push(status),
	});
	uplink.start();
	closing.push(() => uplink.close());
	let window = 0;
	const append = () => {
		const id = `wearable-1:${++window}`;
		outbox.append({
			id,
			device: "wearable-1",
			window,
			model: "gesture",
			version: "1.0.0",
			label: "left",
			confidence: 0.5,
			probabilities: [0.5, 0.25, 0.25],
			time: window,
		});
		return id;
	};
	return { uplink, outbox, statuses, append };
}

/** Collects what a subscriber gets; one with an id keeps its session while it or the broker is away. */
async function subscribe(port: number, clientId?: string) {
	const messages: { topic: string; payload: Record<string, unknown>; retain: boolean }[] = [];
	const client = await mqtt.connectAsync({
		host: "127.0.0.1",
		port,
		reconnectPeriod: 50,
		clean: undefined === clientId,
		clientId,
	});
	closing.push(() => client.endAsync(true));
	client.on("message", (topic, payload, { retain }) =>
		messages.push({ topic, payload: JSON.parse(payload.toString()), retain }),
	);
	await client.subscribeAsync("tmlaas/#", { qos: 1 });
	const ids = () => messages.filter(({ topic }) => topic.endsWith("/result")).map(({ payload }) => payload.id);
	return { messages, ids, client };
}

async function startAedes(port = 0): Promise<{ port: number; stop(): Promise<void>; cut(): void }> {
	const broker = await Aedes.createBroker();
	const sockets = new Set<NodeSocket>();
	const server: Server = createServer((socket) => {
		sockets.add(socket);
		broker.handle(socket);
	});
	await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
	const cut = () => {
		for (const socket of sockets) socket.destroy();
	};
	const stop = async () => {
		cut();
		await new Promise((resolve) => server.close(resolve));
		await new Promise<void>((resolve) => broker.close(resolve));
	};
	return { port: (server.address() as AddressInfo).port, stop, cut };
}

async function startMosquitto(directory: string, port: number): Promise<ChildProcess> {
	const configuration = join(directory, "mosquitto.conf");
	writeFileSync(
		configuration,
		`listener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${directory}/\nlog_dest none\n${0 === process.getuid?.() ? "user root\n" : ""}`,
	);
	const broker = spawn("mosquitto", ["-c", configuration], { stdio: "ignore" });
	await until(() => undefined !== broker.pid, "mosquitto");
	await new Promise<void>((resolve, reject) => {
		const end = performance.now() + 10_000;
		const attempt = () => {
			const socket = connect(port, "127.0.0.1");
			socket.on("connect", () => {
				socket.destroy();
				resolve();
			});
			socket.on("error", () =>
				performance.now() > end ? reject(new Error("mosquitto does not listen")) : setTimeout(attempt, 20),
			);
		};
		attempt();
	});
	return broker;
}

function stopMosquitto(broker: ChildProcess): Promise<void> {
	return new Promise((resolve) => {
		if (null !== broker.exitCode || null !== broker.signalCode) return resolve();
		broker.once("exit", () => resolve());
		broker.kill();
	});
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

describe("aedes", () => {
	test("birth, results at QoS 1 in order, will when the gateway is gone", async () => {
		const broker = await startAedes();
		closing.push(broker.stop);
		const subscriber = await subscribe(broker.port);
		const { uplink, outbox, append } = startUplink(broker.port, new SimulatedFlash(8));
		const sent = Array.from({ length: 100 }, append);
		await until(() => 100 === subscriber.ids().length && 0 === outbox.queued, "100 results");
		expect(subscriber.ids()).toEqual(sent);
		expect(subscriber.messages[0]).toMatchObject({
			topic: "tmlaas/gw1/status",
			payload: { online: true, version: "0.1.0" },
		});
		expect(subscriber.messages[1]).toMatchObject({
			topic: "tmlaas/gw1/devices/wearable-1/result",
			payload: { id: sent[0], device: "wearable-1", window: 1, probabilities: [0.5, 0.25, 0.25] },
		});
		uplink.close();
		await until(() => false === subscriber.messages.at(-1)!.payload.online, "will");
		const late = await subscribe(broker.port);
		await until(() => late.messages.length > 0, "retained message");
		expect(late.messages[0]).toMatchObject({ topic: "tmlaas/gw1/status", payload: { online: false }, retain: true });
	});

	test("connection cut again and again while results come – all delivered, first arrivals in order", async () => {
		const broker = await startAedes();
		closing.push(broker.stop);
		const subscriber = await subscribe(broker.port);
		const { outbox, append, uplink } = startUplink(broker.port, new SimulatedFlash(8));
		const sent: string[] = [];
		for (let cut = 0; cut < 3; cut++) {
			await until(() => "connected" === uplink.status.state && subscriber.client.connected, "connection");
			for (let i = 0; i < 30; i++) sent.push(append());
			await new Promise((resolve) => setTimeout(resolve, 5));
			broker.cut();
			for (let i = 0; i < 10; i++) sent.push(append());
		}
		await until(() => 0 === outbox.queued, "everything acknowledged");
		// A subscriber that is away itself may miss a message; what it gets twice has the same id.
		const ids = subscriber.ids() as string[];
		const firsts = ids.filter((id, at) => ids.indexOf(id) === at);
		expect(firsts).toEqual(sent.filter((id) => firsts.includes(id)));
		expect(outbox.acknowledged).toBe(sent.length);
	});

	test("broker restarted on the same port, gateway restarted on the same flash – what waited arrives", async () => {
		const first = await startAedes();
		const flash = new SimulatedFlash(8);
		const before = startUplink(first.port, flash);
		await until(() => "connected" === before.uplink.status.state, "connection");
		await first.stop();
		const sent = Array.from({ length: 20 }, before.append);
		before.uplink.close();
		const second = await startAedes(first.port);
		closing.push(second.stop);
		const subscriber = await subscribe(second.port);
		const after = startUplink(second.port, flash);
		expect(after.outbox.queued).toBe(20);
		await until(() => 20 === subscriber.ids().length && 0 === after.outbox.queued, "20 results");
		expect(subscriber.ids()).toEqual(sent);
	});
});

const hasMosquitto = hasProgram(
	undefined === spawnSync("mosquitto", ["-h"]).error,
	"the uplink with Mosquitto",
	"`apt-get install mosquitto` brings it",
);

describe("Mosquitto", () => {
	test.skipIf(!hasMosquitto)(
		"birth, results, a broker that is killed and comes back with its session – all delivered in order",
		async () => {
			const directory = mkdtempSync(join(tmpdir(), "tmlaas-mosquitto-"));
			closing.push(() => rmSync(directory, { recursive: true, force: true }));
			const port = await freePort();
			let broker = await startMosquitto(directory, port);
			closing.push(() => stopMosquitto(broker));
			const flash = new SimulatedFlash(8);
			const { uplink, outbox, append, statuses } = startUplink(port, flash);
			const subscriber = await subscribe(port, "subscriber");
			const sent = Array.from({ length: 50 }, append);
			await until(() => 0 === outbox.queued && 50 === subscriber.ids().length, "50 results");
			expect(subscriber.ids()).toEqual(sent);
			const killed = broker;
			for (let i = 0; i < 8; i++) sent.push(append());
			await stopMosquitto(killed);
			await until(() => "waiting" === uplink.status.state, "loss");
			const queued = outbox.queued;
			for (let i = 0; i < 20; i++) sent.push(append());
			expect(outbox.queued).toBe(queued + 20);
			broker = await startMosquitto(directory, port);
			await until(() => 0 === outbox.queued, "everything acknowledged");
			expect(outbox.acknowledged).toBe(78);
			await until(() => 78 === new Set(subscriber.ids()).size, "78 results");
			expect([...new Set(subscriber.ids())]).toEqual(sent);
			const late = await subscribe(port);
			await until(() => late.messages.length > 0, "retained birth");
			expect(late.messages[0]).toMatchObject({ payload: { online: true }, retain: true });
			expect(statuses.some(({ state }) => "waiting" === state)).toBe(true);
		},
	);
});
