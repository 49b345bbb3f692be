// XS joins buffers at once, where `set` is a call for each part.
const concat = ArrayBuffer.prototype.concat as
	| ((this: ArrayBufferLike, other: ArrayBufferLike) => ArrayBuffer)
	| undefined;

/** The bytes of both, one after the other, in memory of their own. */
export function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
	if (undefined !== concat && isWhole(first) && isWhole(second))
		return new Uint8Array(concat.call(first.buffer, second.buffer));
	const bytes = new Uint8Array(first.length + second.length);
	bytes.set(first);
	bytes.set(second, first.length);
	return bytes;
}

/** Whether the view is all of an ArrayBuffer; the others, such as memory in flash, cannot be joined so. */
function isWhole({ buffer, byteLength }: Uint8Array): boolean {
	return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength;
}
