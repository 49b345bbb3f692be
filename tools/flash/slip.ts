/** SLIP frames (RFC 1055), which the loaders of Espressif's chips speak over the serial line. */

const END = 0xc0;
const ESCAPE = 0xdb;
const ESCAPED_END = 0xdc;
const ESCAPED_ESCAPE = 0xdd;

/** A frame with an END on both sides: the first ends whatever noise is in the receiver. */
export function frame(packet: Uint8Array): Uint8Array {
	let length = packet.length + 2;
	for (const byte of packet) if (byte === END || byte === ESCAPE) length++;
	const framed = new Uint8Array(length);
	let at = 0;
	framed[at++] = END;
	for (const byte of packet) {
		if (byte === END || byte === ESCAPE) framed[at++] = ESCAPE;
		framed[at++] = byte === END ? ESCAPED_END : byte === ESCAPE ? ESCAPED_ESCAPE : byte;
	}
	framed[at] = END;
	return framed;
}

/**
 * Takes bytes as they come and gives the packets in them. What cannot be a packet, by an invalid escape or by its
 * length, is dropped up to the next END; what stands before the first END is for the receiver of the packets to judge.
 */
export class FrameReader {
	readonly #packet: Uint8Array;
	#length = 0;
	#isEscaped = false;
	#isSpoilt = false;

	/** @param longest bytes of a packet at most. */
	constructor(longest: number) {
		this.#packet = new Uint8Array(longest);
	}

	/** The packets that are complete with these bytes, without empty ones. */
	push(bytes: Uint8Array): Uint8Array[] {
		const packets: Uint8Array[] = [];
		for (const byte of bytes) {
			if (byte === END) {
				if (this.#length > 0 && !this.#isSpoilt && !this.#isEscaped) packets.push(this.#packet.slice(0, this.#length));
				this.reset();
			} else if (this.#isEscaped) {
				this.#isEscaped = false;
				if (byte === ESCAPED_END) this.#append(END);
				else if (byte === ESCAPED_ESCAPE) this.#append(ESCAPE);
				else this.#isSpoilt = true;
			} else if (byte === ESCAPE) this.#isEscaped = true;
			else this.#append(byte);
		}
		return packets;
	}

	/** Forgets a frame that has begun. */
	reset(): void {
		this.#length = 0;
		this.#isEscaped = false;
		this.#isSpoilt = false;
	}

	#append(byte: number): void {
		if (this.#length === this.#packet.length) this.#isSpoilt = true;
		else this.#packet[this.#length++] = byte;
	}
}
