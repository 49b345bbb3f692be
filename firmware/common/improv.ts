/**
 * Improv Wi-Fi over a serial line (https://www.improv-wifi.com/serial/, version 1): a browser or a tool on the cable asks
 * what the board is, which networks it sees, and gives it one. Pure: bytes go in and out, what they ask for is the
 * `ImprovBoard`'s. The line may carry anything besides; what is no packet is passed over.
 */

import { decodeText, encodeText, TextError } from "common/text";
import { checkCredentials } from "common/wifi/credentials";

const header = Object.freeze([0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 1] as const);
/** The header, type and length; then the data, and the sum of all bytes before it. */
const prefixLength = header.length + 2;

const Type = Object.freeze({ state: 1, error: 2, command: 3, result: 4 } as const);

export const ImprovState = Object.freeze({ ready: 2, provisioning: 3, provisioned: 4 } as const);
export type ImprovState = (typeof ImprovState)[keyof typeof ImprovState];

export const ImprovError = Object.freeze({ none: 0, invalid: 1, unknown: 2, connect: 3 } as const);
type ImprovError = (typeof ImprovError)[keyof typeof ImprovError];

export const ImprovCommand = Object.freeze({ settings: 1, state: 2, information: 3, scan: 4 } as const);

/** What the line is about. */
export interface ImprovBoard {
	readonly information: {
		readonly firmware: string;
		readonly version: string;
		readonly chip: string;
		readonly name: string;
	};
	/** Whether the board is on line now. */
	readonly connected: boolean;
	/** Where a browser goes when the board is on line; undefined when it does not know. */
	url(): string | undefined;
	/** Tries a network. `connected` or `failed` is to be called when it is known what came of it. */
	join(ssid: string, password: string): void;
	/** Calls back for each network in reach, and then `done`; false when the radio is busy. */
	look(found: (ssid: string, strength: number, secure: boolean) => void, done: () => void): boolean;
}

/** What gives the packets to the line, each whole or not at all. */
export interface ImprovOutput {
	/** Bytes that would be taken now. */
	readonly room: number;
	write(bytes: Uint8Array): void;
}

/** Bytes of a packet with a network at most, line's end included. */
const networkLength = 64;

export class Improv {
	readonly #board: ImprovBoard;
	readonly #output: ImprovOutput;
	/** The packet that is coming in: the longest there can be. */
	readonly #packet = new Uint8Array(prefixLength + 255 + 1);
	#length = 0;
	#state: ImprovState;
	#error: ImprovError = ImprovError.none;

	constructor(board: ImprovBoard, output: ImprovOutput) {
		this.#board = board;
		this.#output = output;
		this.#state = board.connected ? ImprovState.provisioned : ImprovState.ready;
	}

	/** Takes bytes as the line gives them. */
	receive(bytes: Uint8Array): void {
		for (const byte of bytes) {
			const at = this.#length;
			if (at < header.length && byte !== header[at]) {
				// The first byte of a header stands in it once: what began may only begin anew.
				this.#length = byte === header[0] ? 1 : 0;
				this.#packet[0] = byte;
				continue;
			}
			this.#packet[at] = byte;
			this.#length = at + 1;
			if (this.#length <= prefixLength || this.#length < prefixLength + this.#packet[prefixLength - 1]! + 1) continue;
			const packet = this.#packet.subarray(0, at);
			this.#length = 0;
			if (Type.command !== packet[header.length]) continue;
			if (byte === sum(packet)) this.command(packet.subarray(prefixLength));
			else this.fail(ImprovError.invalid);
		}
	}

	/** The network that was asked for, or another, has let the board in. */
	connected(): void {
		const asked = ImprovState.provisioning === this.#state;
		this.enter(ImprovState.provisioned);
		if (asked) this.address(ImprovCommand.settings);
	}

	/** The network that was asked for has not let the board in. */
	failed(): void {
		if (ImprovState.provisioning !== this.#state) return;
		this.enter(this.#board.connected ? ImprovState.provisioned : ImprovState.ready);
		this.fail(ImprovError.connect);
	}

	private command(data: Uint8Array): void {
		// A command, the length of its data, and its data.
		if (data.length < 2 || data[1] !== data.length - 2) {
			this.fail(ImprovError.invalid);
			return;
		}
		// That a network was refused stays to be read while the other side looks for networks again.
		if (ImprovError.none !== this.#error && (ImprovError.connect !== this.#error || ImprovCommand.settings === data[0]))
			this.fail(ImprovError.none);
		switch (data[0]) {
			case ImprovCommand.settings:
				this.settings(data.subarray(2));
				break;
			case ImprovCommand.state:
				if (ImprovState.provisioning !== this.#state)
					this.#state = this.#board.connected ? ImprovState.provisioned : ImprovState.ready;
				this.enter(this.#state);
				if (ImprovState.provisioned === this.#state) this.address(ImprovCommand.state);
				break;
			case ImprovCommand.information: {
				const { firmware, version, chip, name } = this.#board.information;
				this.result(ImprovCommand.information, [firmware, version, chip, name]);
				break;
			}
			case ImprovCommand.scan: {
				const looks = this.#board.look(
					(ssid, strength, secure) => {
						// All come at once: what there is no room for is left out, but not the end that is waited for.
						if (this.#output.room >= 2 * networkLength)
							this.result(ImprovCommand.scan, [ssid, String(strength), secure ? "YES" : "NO"]);
					},
					() => this.result(ImprovCommand.scan, []),
				);
				// An empty list ends what the other side waits for; it may ask again.
				if (!looks) this.result(ImprovCommand.scan, []);
				break;
			}
			default:
				this.fail(ImprovError.unknown);
		}
	}

	private settings(data: Uint8Array): void {
		const ssidEnd = 1 + (data[0] ?? 0);
		const passwordEnd = ssidEnd + 1 + (data[ssidEnd] ?? 0);
		let ssid = "";
		let password = "";
		try {
			if (passwordEnd === data.length) {
				ssid = decodeText(data.subarray(1, ssidEnd));
				password = decodeText(data.subarray(ssidEnd + 1));
			}
		} catch (error) {
			if (!(error instanceof TextError)) throw error;
			ssid = "";
		}
		if (undefined !== checkCredentials(ssid, password)) {
			this.fail(ImprovError.invalid);
			return;
		}
		this.enter(ImprovState.provisioning);
		this.#board.join(ssid, password);
	}

	private enter(state: ImprovState): void {
		this.#state = state;
		this.send(Type.state, Uint8Array.of(state));
	}

	private fail(error: ImprovError): void {
		this.#error = error;
		this.send(Type.error, Uint8Array.of(error));
	}

	private address(command: number): void {
		const url = this.#board.url();
		this.result(command, undefined === url ? [] : [url]);
	}

	private result(command: number, texts: readonly string[]): void {
		const data = new Uint8Array(255);
		let end = 2;
		for (const text of texts) {
			const bytes = encodeText(text);
			if (end + 1 + bytes.length > data.length) break;
			data[end++] = bytes.length;
			data.set(bytes, end);
			end += bytes.length;
		}
		data[0] = command;
		data[1] = end - 2;
		this.send(Type.result, data.subarray(0, end));
	}

	/** A packet and a line's end, behind which a log may go on. */
	private send(type: number, data: Uint8Array): void {
		const bytes = new Uint8Array(prefixLength + data.length + 2);
		bytes.set(header);
		bytes[header.length] = type;
		bytes[header.length + 1] = data.length;
		bytes.set(data, prefixLength);
		bytes[bytes.length - 2] = sum(bytes.subarray(0, bytes.length - 2));
		bytes[bytes.length - 1] = 0x0a;
		this.#output.write(bytes);
	}
}

function sum(bytes: Uint8Array): number {
	let total = 0;
	for (const byte of bytes) total += byte;
	return total & 0xff;
}
