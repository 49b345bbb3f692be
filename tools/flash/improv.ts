/** The asking side of Improv over a serial line (https://www.improv-wifi.com/serial/): gives a board its WiFi network. */
import { ImprovCommand, ImprovError, ImprovState } from "common/improv";
import { type Line, LineError } from "./line";

const BAUD_RATE = 115200;
const header = Buffer.from([...Buffer.from("IMPROV"), 1]);
const Type = { state: 1, error: 2, command: 3, result: 4 } as const;

export type NetworkProblem = "silent" | "refused" | "misunderstood" | "slow";

/** The message says what to do. */
export class NetworkError extends Error {
	override name = "NetworkError";
	readonly code: NetworkProblem;

	constructor(code: NetworkProblem, message: string) {
		super(message);
		this.code = code;
	}
}

interface Packet {
	readonly type: number;
	readonly data: Uint8Array;
}

/** Finds packets in what else a board says. */
export class PacketReader {
	#bytes = Buffer.alloc(0);

	push(bytes: Uint8Array): Packet[] {
		this.#bytes = Buffer.concat([this.#bytes, bytes]);
		const packets: Packet[] = [];
		for (;;) {
			const start = this.#bytes.indexOf(header);
			// What may be the beginning of a header stays.
			this.#bytes = this.#bytes.subarray(start < 0 ? Math.max(0, this.#bytes.length - header.length + 1) : start);
			const [type, length] = this.#bytes.subarray(header.length);
			if (start < 0 || type === undefined || length === undefined) return packets;
			const end = header.length + 2 + length;
			if (this.#bytes.length <= end) return packets;
			const packet = this.#bytes.subarray(0, end);
			const isWhole = sum(packet) === this.#bytes[end];
			if (isWhole) packets.push({ type, data: Uint8Array.from(packet.subarray(header.length + 2)) });
			// A damaged one may hide the beginning of the next.
			this.#bytes = this.#bytes.subarray(isWhole ? end + 1 : 1);
		}
	}
}

export interface JoinOptions {
	/** Is opened, and closed at the end. */
	readonly line: Line;
	readonly ssid: string;
	/** "" for an open network. */
	readonly password: string;
	/** Milliseconds in which a board that has just been reset answers. */
	readonly patience: number;
	/** Milliseconds in which it says what came of the network. */
	readonly trial: number;
}

/** Gives the board's address as it says it; undefined when it says none. Throws `NetworkError` and `LineError`. */
export async function joinNetwork({ line, ssid, password, patience, trial }: JoinOptions): Promise<string | undefined> {
	const reader = new PacketReader();
	let settle: { take(packet: Packet): void; lose(error: LineError): void } | undefined;
	line.onData = (bytes) => {
		for (const packet of reader.push(bytes)) settle?.take(packet);
	};
	line.onLost = () => settle?.lose(new LineError("lost", `${line.name} is gone: plug the board in and try again`));

	/** The first thing that `choose` makes of a packet; what it throws is thrown here. */
	const wait = <T>(milliseconds: number, late: NetworkError, choose: (packet: Packet) => T | undefined): Promise<T> =>
		new Promise((resolve, reject) => {
			const done = (act: () => void) => {
				clearTimeout(timer);
				settle = undefined;
				act();
			};
			const timer = setTimeout(() => done(() => reject(late)), milliseconds);
			settle = {
				take(packet) {
					try {
						const chosen = choose(packet);
						if (chosen !== undefined) done(() => resolve(chosen));
					} catch (error) {
						done(() => reject(error));
					}
				},
				lose: (error) => done(() => reject(error)),
			};
		});

	await line.open(BAUD_RATE);
	try {
		// Opening may have pulled both; the board has to run.
		await line.setSignals({ dtr: false, rts: false }).catch((error: unknown) => {
			if (!(error instanceof LineError) || error.code !== "no-signals") throw error;
		});
		const ask = () => void line.write(packet(ImprovCommand.state)).catch(() => {});
		const asking = setInterval(ask, 1000);
		ask();
		const silent = new NetworkError(
			"silent",
			"The board does not ask for a network over the cable. Press its RST button and try again, or use its access point.",
		);
		await wait(patience, silent, ({ type, data }) =>
			type === Type.state && data[0] !== ImprovState.provisioning ? true : undefined,
		).finally(() => clearInterval(asking));

		const texts = [Buffer.from(ssid), Buffer.from(password)];
		const slow = new NetworkError("slow", `The board did not say within ${trial / 1000} s what came of "${ssid}".`);
		const result = wait(trial, slow, ({ type, data }) => {
			if (type === Type.error && data[0] === ImprovError.connect)
				throw new NetworkError(
					"refused",
					`The board could not join "${ssid}": is the password right, and the network in reach and on 2.4 GHz?`,
				);
			if (type === Type.error && data[0] !== ImprovError.none)
				throw new NetworkError("misunderstood", `The board does not take this network (Improv error ${data[0]}).`);
			return type === Type.result && data[0] === ImprovCommand.settings ? data : undefined;
		});
		// Refused only by what is waited for, also when the line takes no more.
		result.catch(() => {});
		await line.write(packet(ImprovCommand.settings, ...texts.flatMap((text) => [text.length, ...text])));
		const data = await result;
		const length = data[2] ?? 0;
		return length === 0 ? undefined : Buffer.from(data.subarray(3, 3 + length)).toString();
	} finally {
		await line.close();
	}
}

function packet(command: number, ...data: number[]): Uint8Array {
	const bytes = [...header, Type.command, data.length + 2, command, data.length, ...data];
	return Uint8Array.from([...bytes, sum(bytes), 0x0a]);
}

function sum(bytes: Iterable<number>): number {
	let total = 0;
	for (const byte of bytes) total += byte;
	return total & 0xff;
}
