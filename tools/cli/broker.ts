import { createServer, type Server } from "node:net";
import { Aedes } from "aedes";

/** The embedded MQTT broker that `npm start` offers when it is given none. */
export class Broker {
	readonly address: string;
	readonly #server: Server;
	readonly #aedes: Aedes;

	private constructor(server: Server, aedes: Aedes, port: number) {
		this.#server = server;
		this.#aedes = aedes;
		this.address = `mqtt://127.0.0.1:${port}`;
	}

	/** Listens on loopback, on the first of `ports` that is free; 0 stands for any. */
	static async start(ports: readonly number[]): Promise<Broker> {
		const aedes = await Aedes.createBroker();
		const server = createServer(aedes.handle);
		for (const port of ports) {
			const listening = await new Promise<boolean>((resolve, reject) => {
				server.once("error", (error: NodeJS.ErrnoException) =>
					"EADDRINUSE" === error.code ? resolve(false) : reject(error),
				);
				server.listen(port, "127.0.0.1", () => resolve(true));
			});
			if (listening) return new Broker(server, aedes, (server.address() as { port: number }).port);
		}
		throw new Error(`no free port for the broker among ${ports.join(", ")}`);
	}

	/** Calls back for every message that a client publishes. */
	onPublish(callback: (topic: string, payload: Buffer) => void): void {
		this.#aedes.on("publish", (packet, client) => {
			if (client) callback(packet.topic, packet.payload as Buffer);
		});
	}

	async close(): Promise<void> {
		await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
		await new Promise<void>((resolve) => this.#server.close(() => resolve()));
	}
}
