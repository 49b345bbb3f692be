import { encodeText } from "common/text";

/** The part of ECMA-419's Serial that is used. */
export interface SerialPort {
	write(bytes: Uint8Array): void;
}

/**
 * What waits to go out over the serial line, whose hardware takes some 100 bytes at a time. Lines and packets go whole or,
 * when there is no room, not at all.
 */
export class SerialOutput {
	readonly #bytes: Uint8Array;
	#start = 0;
	#length = 0;
	/** Bytes that the port takes now. */
	#room = 0;
	#port: SerialPort | undefined;

	constructor(options: { capacity: number }) {
		this.#bytes = new Uint8Array(options.capacity);
	}

	/** The port takes so many bytes. */
	writable(port: SerialPort, room: number): void {
		this.#port = port;
		this.#room = room;
		this.drain();
	}

	/** Bytes that would be taken now. */
	get room(): number {
		return this.#bytes.length - this.#length;
	}

	line(text: string): void {
		this.write(encodeText(`${text}\r\n`));
	}

	write(bytes: Uint8Array): void {
		const { length } = this.#bytes;
		if (bytes.length > this.room) return;
		for (let i = 0; i < bytes.length; i++) this.#bytes[(this.#start + this.#length + i) % length] = bytes[i]!;
		this.#length += bytes.length;
		this.drain();
	}

	private drain(): void {
		while (this.#room > 0 && this.#length > 0) {
			const count = Math.min(this.#room, this.#length, this.#bytes.length - this.#start);
			this.#port!.write(this.#bytes.subarray(this.#start, this.#start + count));
			this.#start = (this.#start + count) % this.#bytes.length;
			this.#length -= count;
			this.#room -= count;
		}
	}
}
