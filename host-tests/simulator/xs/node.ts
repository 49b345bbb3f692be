/** What test files, and only they, use of Node's globals: enough of each to run them inside XS. */
import { decodeText, encodeText } from "common/text";

type Encoding = "hex" | "latin1" | "ascii" | "base64" | "utf8" | "utf-8";

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function encode(text: string, encoding: Encoding): Uint8Array {
	switch (encoding) {
		case "hex":
			return Uint8Array.from({ length: text.length >> 1 }, (_, index) =>
				Number.parseInt(text.substr(2 * index, 2), 16),
			);
		case "latin1":
		case "ascii":
			return Uint8Array.from([...text], (character) => character.charCodeAt(0));
		case "base64": {
			const digits = [...text.replace(/=+$/, "")].map((digit) => BASE64.indexOf(digit));
			return Uint8Array.from({ length: (digits.length * 6) >> 3 }, (_, index) => {
				const bit = index * 8;
				const pair = (digits[Math.floor(bit / 6)]! << 6) | digits[Math.floor(bit / 6) + 1]!;
				return (pair >> (4 - (bit % 6))) & 0xff;
			});
		}
		default:
			return encodeText(text);
	}
}

function decode(bytes: Uint8Array, encoding: Encoding): string {
	switch (encoding) {
		case "hex":
			return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
		case "latin1":
		case "ascii":
			return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
		case "base64": {
			let text = "";
			for (let at = 0; at < bytes.length; at += 3) {
				const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
				for (let digit = 0; digit < 4; digit++)
					text += digit > bytes.length - at ? "=" : BASE64[(group >> (18 - 6 * digit)) & 63];
			}
			return text;
		}
		default:
			return decodeText(bytes);
	}
}

export class Buffer extends Uint8Array {
	static override from(value: unknown, second?: unknown, length?: number): Buffer {
		if (typeof value === "string") return Buffer.#of(encode(value, (second as Encoding) ?? "utf8"));
		if (value instanceof ArrayBuffer) return new Buffer(value, second as number | undefined, length);
		return Buffer.#of(Uint8Array.from(value as ArrayLike<number>));
	}
	static alloc(length: number, fill = 0): Buffer {
		return new Buffer(length).fill(fill);
	}
	static concat(parts: readonly Uint8Array[]): Buffer {
		const whole = new Buffer(parts.reduce((sum, { length }) => sum + length, 0));
		let at = 0;
		for (const part of parts) {
			whole.set(part, at);
			at += part.length;
		}
		return whole;
	}
	static byteLength(text: string): number {
		return encodeText(text).length;
	}
	static compare(a: Uint8Array, b: Uint8Array): number {
		for (let at = 0; at < a.length && at < b.length; at++) if (a[at] !== b[at]) return a[at]! < b[at]! ? -1 : 1;
		return Math.sign(a.length - b.length);
	}
	static #of(bytes: Uint8Array): Buffer {
		return new Buffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
	}

	get #view(): DataView {
		return new DataView(this.buffer, this.byteOffset, this.byteLength);
	}
	override toString(encoding: Encoding = "utf8"): string {
		return decode(this, encoding);
	}
	equals(other: Uint8Array): boolean {
		return Buffer.compare(this, other) === 0;
	}
	readUInt8(at = 0): number {
		return this.#view.getUint8(at);
	}
	readUInt16BE(at = 0): number {
		return this.#view.getUint16(at);
	}
	readUInt16LE(at = 0): number {
		return this.#view.getUint16(at, true);
	}
	readInt16LE(at = 0): number {
		return this.#view.getInt16(at, true);
	}
	readUInt32BE(at = 0): number {
		return this.#view.getUint32(at);
	}
	readUInt32LE(at = 0): number {
		return this.#view.getUint32(at, true);
	}
	readFloatLE(at = 0): number {
		return this.#view.getFloat32(at, true);
	}
}

export class TextEncoder {
	encode(text: string): Uint8Array {
		return encodeText(text);
	}
}

export class TextDecoder {
	decode(bytes: Uint8Array): string {
		return decodeText(bytes);
	}
}
