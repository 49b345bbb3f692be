import UDP from "embedded:io/socket/udp";
import { nameOf } from "common/mdns/message";
import { Responder, type ResponderOptions, type Service } from "common/mdns/responder";
import { MulticastSocket, type MulticastSocketOptions, type Send } from "common/mdns/socket";
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
export class Discovery implements MulticastSocketOptions, ResponderOptions {
	readonly #options: DiscoveryOptions;
	readonly services: Service[];
	#socket: MulticastSocket | undefined;
	#send: Send | undefined;
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
		this.services = [new WebService(options)];
		if (options.devices) this.services.push(new DeviceService(options));
	}

	get name(): string {
		return this.#options.name;
	}

	get now(): () => number {
		return this.#options.now;
	}

	get random(): () => number {
		return Math.random;
	}

	get io(): MulticastSocketOptions["io"] {
		return UDP as never;
	}

	/** To be called each `discoveryInterval`. */
	tick(): void {
		const now = this.#options.now();
		if (now >= this.#checkAt) {
			this.#checkAt = now + addressCheck;
			this.look();
		}
		const pairing = this.#options.devices?.isPairing() ?? false;
		if (pairing !== this.#pairing) {
			this.#pairing = pairing;
			this.#responder?.changed(now);
		}
		this.#socket?.tick();
	}

	/** The network, or the address in it, may be another one, or gone. */
	private look(): void {
		const address = this.#options.address();
		if (address === this.#address || 0 === this.#options.port()) return;
		this.#address = address;
		this.#socket?.close();
		this.#socket = undefined;
		this.#responder = undefined;
		if (undefined === address) return;
		try {
			this.#socket = new MulticastSocket(this);
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

	open(send: Send): Responder {
		this.#send = send;
		this.#responder = new Responder(this);
		this.#responder.start(Uint8Array.from(this.#address!.split("."), Number), this.#options.now());
		return this.#responder;
	}

	send(message: Uint8Array, address: string, port: number): void {
		this.#send!(message, address, port);
	}

	onName(name: string): void {
		this.host = `${name}.local`.toLowerCase();
	}
}

// Classes, for their methods are in flash; functions made for each service would take ten times the memory.

const webType = nameOf("_http", "_tcp", "local");
const deviceType = nameOf("_tmlaas", "_tcp", "local");

class WebService implements Service {
	protected readonly options: DiscoveryOptions;

	constructor(options: DiscoveryOptions) {
		this.options = options;
	}

	get type(): string {
		return webType;
	}

	port(): number {
		return this.options.port();
	}

	texts(): string[] {
		return ["path=/"];
	}
}

class DeviceService extends WebService {
	override get type(): string {
		return deviceType;
	}

	override texts(): string[] {
		const { name, version, devices } = this.options;
		return [
			`id=${Net.get("MAC", "station")?.slice(9).split(":").join("").toLowerCase() ?? name}`,
			`fw=${version}`,
			"api=v2",
			`paired=${devices?.isPaired() ? 1 : 0}`,
			`pairing=${devices?.isPairing() ? 1 : 0}`,
		];
	}
}
