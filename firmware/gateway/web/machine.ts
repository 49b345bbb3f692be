/**
 * One end of a connection without its socket: bytes and time go in, bytes come out. The shell asks `space` for room and
 * tells `received` how much of it is filled; it gives the socket what `take` hands out; it closes when `closed`.
 */
export interface Machine {
	readonly closed: boolean;
	/** Bytes that wait to be sent. */
	readonly pending: number;
	/** Room for at most `available` bytes; empty while none are wanted. */
	space(available: number): Uint8Array;
	/** The first `count` bytes of the room are filled. `now`: milliseconds that only grow. */
	received(count: number, now: number): void;
	/** At most `limit` bytes, which from here on count as sent. */
	take(limit: number, now: number): Uint8Array;
	/** Lets time pass: what is too slow ends. */
	check(now: number): void;
	/** Ends it at once; what waits to be sent is lost. */
	close(): void;
}

export const noBytes = new Uint8Array(0);
