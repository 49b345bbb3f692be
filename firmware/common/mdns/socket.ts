import { group, port } from "common/mdns/responder";

/** The part of the SDK's UDP that is used: ECMA-419's, and its membership of groups. */
export interface UDPSocket {
	add(group: string): void;
	read(): (ArrayBuffer & { address: string; port: number }) | undefined;
	write(bytes: Uint8Array, address: string, port: number): void;
	close(): void;
}

export interface UDPOptions {
	port: number;
	timeToLive: number;
	onReadable: (packets: number) => void;
}

/** What stands behind the socket: a `Responder` or a `Finder`. */
export interface Core {
	readonly due: number;
	tick(now: number): void;
	receive(message: Uint8Array, from: string, fromPort: number, now: number): void;
}

export type Send = (message: Uint8Array, address: string, port: number) => void;

export interface MulticastSocketOptions {
	io: new (options: UDPOptions) => UDPSocket;
	/** Milliseconds that only grow. */
	now: () => number;
	/** Gives what stands behind the socket, which sends by `send`. */
	open(send: Send): Core;
}

/**
 * Multicast DNS's port in the network that is joined now; to be opened anew with each network. The SDK's own
 * `embedded:network/dnssd` is not used: it makes an object of each record of each message that anybody sends, keeps what it
 * hears without bound, follows pointers that lead back to themselves, and neither finds another name after a conflict nor
 * suppresses what is sent too often.
 */
export class MulticastSocket {
	readonly #socket: UDPSocket;
	readonly #core: Core;
	readonly #now: () => number;

	/** Throws what the socket throws, when the port is in use or there is no network. */
	constructor(options: MulticastSocketOptions) {
		this.#now = options.now;
		const core = options.open((message, address, to) => this.send(message, address, to));
		this.#core = core;
		this.#socket = new options.io({ port, timeToLive: 255, onReadable: (packets) => this.receive(packets) });
		this.#socket.add(group);
	}

	/** To be called often, several times a second. */
	tick(): void {
		const now = this.#now();
		if (now >= this.#core.due) this.#core.tick(now);
	}

	close(): void {
		this.#socket.close();
	}

	private receive(packets: number): void {
		for (; packets > 0; packets--) {
			const packet = this.#socket.read();
			if (!packet) return;
			this.#core.receive(new Uint8Array(packet), packet.address, packet.port, this.#now());
		}
	}

	private send(message: Uint8Array, address: string, to: number): void {
		try {
			this.#socket.write(message, address, to);
		} catch {
			// The network is away, or out of memory for a moment. What matters is said more than once.
		}
	}
}
