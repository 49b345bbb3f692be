/** Base64 (RFC 4648, section 4). */
export default Object.freeze({
	encode(source: ArrayBufferLike | ArrayBufferView | string): string {
		return native("xs_base64_encode").call(this, source);
	},
	/** Throws a SyntaxError for text that is not Base64. */
	decode(text: string): ArrayBuffer {
		return native("xs_base64_decode").call(this, text);
	},
});
