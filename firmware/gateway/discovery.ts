import UDP from "embedded:io/socket/udp";
import { nameOf } from "common/mdns/message";
import { Responder, type Service } from "common/mdns/responder";
import { MulticastSocket, type Send } from "common/mdns/socket";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK has a module of this name.
import Net from "net";

export interface DiscoveryOptions {
	/** The name that the gateway wishes to have. */
	readonly name: string;
	readonly version: string;
	/** Milliseconds that only grow. */
	readonly now: () => number;
	/** The IPv4 address that the gateway has now. */
	address(): string | undefined;
	/** The port that it serves at. */
	port(): number;
	/** What devices look for; absent in a gateway that does not serve them now. */
	readonly devices?: {
		/** Whether there are any, and whether others may ask to join. */
		isPaired(): boolean;
		isPairing(): boolean;
	};
}

/** Milliseconds between two calls of `tick`. */
export const discoveryInterval = 100;
/** Milliseconds between two looks whether the address is another. */
const addressCheck = 1000;

/**
 * Lets the local network find the gateway: `<name>.local` and the services `_http._tcp` and `_tmlaas._tcp`. The latter's
 * texts are `id`, the same whatever name and address are; `fw`, the version; `api`; `paired` and `pairing`, 0 or 1: it has devices, it lets others
 * ask to join.
 */
export class Discovery {
	readonly #options: DiscoveryOptions;
	readonly #services: Service[];
	#socket: MulticastSocket | undefined;
	#responder: Responder | undefined;
	#address: string | undefined;
	#checkAt = 0;
	/** What devices were told of pairing last. */
	#pairing = false;
	/** The name under which the gateway is reached now, `<name>.local` unless another has that. */
	host: string;

	constructor(options: DiscoveryOptions) {
		this.#options = options;
		this.host = `${options.name}.local`.toLowerCase();
		const { name, version, devices } = options;
		this.#services = [{ type: nameOf("_http", "_tcp", "local"), port: () => options.port(), texts: () => ["path=/"] }];
		if (!devices) return;
		this.#services.push({
			type: nameOf("_tmlaas", "_tcp", "local"),
			port: () => options.port(),
			texts: () => [
				`id=${Net.get("MAC", "station")?.slice(9).split(":").join("").toLowerCase() ?? name}`,
				`fw=${version}`,
				"api=v2",
				`paired=${devices.isPaired() ? 1 : 0}`,
				`pairing=${devices.isPairing() ? 1 : 0}`,
			],
		});
	}

	/** To be called each `discoveryInterval`. */
	tick(): void {
		const now = this.#options.now();
		if (now >= this.#checkAt) {
			this.#checkAt = now + addressCheck;
			this.#look();
		}
		const pairing = this.#options.devices?.isPairing() ?? false;
		if (pairing !== this.#pairing) {
			this.#pairing = pairing;
			this.#responder?.changed(now);
		}
		this.#socket?.tick();
	}

	/** The network, or the address in it, may be another one, or gone. */
	#look(): void {
		const address = this.#options.address();
		if (address === this.#address || 0 === this.#options.port()) return;
		this.#address = address;
		this.#socket?.close();
		this.#socket = undefined;
		this.#responder = undefined;
		if (undefined === address) return;
		try {
			this.#socket = new MulticastSocket({
				io: UDP as never,
				now: this.#options.now,
				open: (send) => this.#open(send, address),
			});
		} catch (error) {
			// Tried again at the next look.
			this.#address = undefined;
			this.#responder = undefined;
			trace(`not to be found in the network: ${(error as Error).message}\n`);
		}
	}

	/** Says that the gateway is to be reached no more: it leaves the network. */
	leave(): void {
		this.#responder?.stop();
	}

	#open(send: Send, address: string): Responder {
		this.#responder = new Responder({
			name: this.#options.name,
			services: this.#services,
			random: Math.random,
			send,
			onName: (name) => {
				this.host = `${name}.local`.toLowerCase();
			},
		});
		this.#responder.start(Uint8Array.from(address.split("."), Number), this.#options.now());
		return this.#responder;
	}
}
