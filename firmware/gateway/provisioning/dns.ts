/**
 * The answer of a network that leads nowhere but here: each name has the portal's address (RFC 1035, 4.1). One question
 * a message, as all resolvers ask; other types than A have no records, so that nobody waits for an IPv6 address.
 */

const headerLength = 12;
/** Octets of a message over UDP (RFC 1035, 2.3.4), and of a name. */
const maximumMessage = 512;
const maximumName = 255;
const maximumLabel = 63;

const Flag = Object.freeze({
	response: 0x8000,
	authoritative: 0x0400,
	recursionDesired: 0x0100,
	available: 0x0080,
} as const);
const operationMask = 0x7800;
const notImplemented = 4;
const Type = Object.freeze({ a: 1, any: 255 } as const);
const internet = 1;
/** Seconds: what was answered here is forgotten soon after the portal has gone. */
const timeToLive = 1;

/** The reply to `query`, from an IPv4 `address` of four bytes; undefined when it is no question. */
export function answer(query: Uint8Array, address: readonly number[]): Uint8Array | undefined {
	if (query.length < headerLength || query.length > maximumMessage) return;
	const view = new DataView(query.buffer, query.byteOffset, query.byteLength);
	const flags = view.getUint16(2);
	// One question, and no answers that somebody slips in.
	if (0 !== (flags & Flag.response) || 1 !== view.getUint16(4) || 0 !== view.getUint16(6)) return;
	let at = headerLength;
	for (;;) {
		const length = query[at];
		// A pointer has nothing to point to in the first name.
		if (undefined === length || length > maximumLabel) return;
		at += 1 + length;
		if (at - headerLength > maximumName) return;
		if (0 === length) break;
	}
	if (at + 4 > query.length) return;
	const type = view.getUint16(at);
	at += 4;
	const known = 0 === (flags & operationMask);
	const answers = known && (Type.a === type || Type.any === type) && internet === view.getUint16(at - 2);
	const reply = new Uint8Array(at + (answers ? 16 : 0));
	reply.set(query.subarray(0, at));
	const out = new DataView(reply.buffer);
	out.setUint16(
		2,
		Flag.response |
			Flag.authoritative |
			Flag.available |
			(flags & (operationMask | Flag.recursionDesired)) |
			(known ? 0 : notImplemented),
	);
	out.setUint16(6, answers ? 1 : 0);
	// Authorities and additional records of the query, such as EDNS's (RFC 6891), are not repeated.
	out.setUint32(8, 0);
	if (answers) {
		// The name is the question's.
		out.setUint16(at, 0xc000 | headerLength);
		out.setUint16(at + 2, Type.a);
		out.setUint16(at + 4, internet);
		out.setUint32(at + 6, timeToLive);
		out.setUint16(at + 10, 4);
		for (let i = 0; i < 4; i++) reply[at + 12 + i] = address[i]!;
	}
	return reply;
}
