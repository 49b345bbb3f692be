/**
 * A PNG writer (ISO/IEC 15948) without a compressor: the picture lies in one stored block of deflate (RFC 1951, 3.2.4)
 * inside a zlib stream (RFC 1950).
 */

const signature = Object.freeze([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const);

/** A black-and-white picture; `lit(x, y)` tells whether a dot is white. Its data must fit one block of 65,535 bytes. */
export function png(width: number, height: number, lit: (x: number, y: number) => boolean): Uint8Array {
	const stride = 1 + Math.ceil(width / 8);
	const data = new Uint8Array(stride * height);
	if (data.length > 0xffff) throw new RangeError("picture too large for one stored block");
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) if (lit(x, y)) data[y * stride + 1 + (x >> 3)]! |= 0x80 >> (x & 7);

	const header = new Uint8Array(13);
	const view = new DataView(header.buffer);
	view.setUint32(0, width);
	view.setUint32(4, height);
	// One bit a dot, greyscale; then compression, filter and interlace methods 0.
	header[8] = 1;
	return join([
		Uint8Array.from(signature),
		chunk("IHDR", header),
		chunk("IDAT", zlib(data)),
		chunk("IEND", new Uint8Array(0)),
	]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(12 + data.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, data.length);
	for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
	bytes.set(data, 8);
	view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
	return bytes;
}

function zlib(data: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(11 + data.length);
	const view = new DataView(bytes.buffer);
	// Window of 32 KiB, no preset dictionary; then the last block, stored, its length and the complement of that.
	view.setUint16(0, 0x7801);
	bytes[2] = 1;
	view.setUint16(3, data.length, true);
	view.setUint16(5, ~data.length, true);
	bytes.set(data, 7);
	view.setUint32(7 + data.length, adler32(data));
	return bytes;
}

function crc32(bytes: Uint8Array): number {
	let crc = 0xffffffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	}
	return ~crc >>> 0;
}

function adler32(bytes: Uint8Array): number {
	let a = 1;
	let b = 0;
	for (const byte of bytes) {
		a = (a + byte) % 65521;
		b = (b + a) % 65521;
	}
	return b * 65536 + a;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
	const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}
