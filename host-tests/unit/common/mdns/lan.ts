import { nameOf } from "common/mdns/message";
import { group, port, Responder, type Service } from "common/mdns/responder";

export const gatewayType = nameOf("_tmlaas", "_tcp", "local");
export const webType = nameOf("_http", "_tcp", "local");

interface Core {
	readonly due: number;
	tick(now: number): void;
	receive(message: Uint8Array, from: string, fromPort: number, now: number): void;
}

export interface Sent {
	readonly from: string;
	readonly to: string;
	readonly port: number;
	readonly time: number;
	readonly message: Uint8Array;
}

/** A local network of responders and finders in virtual time; messages take a millisecond. */
export class Lan {
	now = 0;
	readonly sent: Sent[] = [];
	readonly #hosts = new Map<string, Core>();
	readonly #underway: Sent[] = [];

	/** Adds a host; `open` gets how it sends. */
	add<Host extends Core>(
		address: string,
		open: (send: (m: Uint8Array, to: string, port: number) => void) => Host,
	): Host {
		const host = open((message, to, toPort) =>
			this.put({ from: address, to, port: toPort, time: this.now, message: message.slice() }),
		);
		this.#hosts.set(address, host);
		return host;
	}

	remove(address: string): void {
		this.#hosts.delete(address);
	}

	put(sent: Sent): void {
		this.sent.push(sent);
		this.#underway.push(sent);
	}

	/** What has been sent since `time`. */
	since(time: number): Sent[] {
		return this.sent.filter((sent) => sent.time >= time);
	}

	run(milliseconds: number): void {
		for (const end = this.now + milliseconds; this.now < end; this.now++) {
			for (const sent of this.#underway.splice(0))
				for (const [address, host] of this.#hosts)
					if (sent.to === address || (sent.to === group && sent.from !== address))
						host.receive(sent.message, sent.from, port, this.now);
			for (const host of this.#hosts.values()) if (this.now >= host.due) host.tick(this.now);
		}
	}
}

export function bytesOf(address: string): Uint8Array {
	return Uint8Array.from(address.split("."), Number);
}

/** Texts, which a test may change. */
export interface Gateway {
	readonly responder: Responder;
	readonly names: string[];
	texts: string[];
}

export function addGateway(lan: Lan, address: string, name = "gateway", random = () => 0.5): Gateway {
	const names: string[] = [];
	const gateway: Gateway = {
		names,
		texts: [`id=${address}`, "fw=0.1.0", "api=v2", "pairing=0"],
		responder: lan.add(address, (send) => {
			const services: Service[] = [
				{ type: webType, port: () => 80, texts: () => ["path=/"] },
				{ type: gatewayType, port: () => 80, texts: () => gateway.texts },
			];
			return new Responder({ name, services, random, send, onName: (used) => names.push(used) });
		}),
	};
	gateway.responder.start(bytesOf(address), lan.now);
	return gateway;
}
