/** The simulation's clock. */
const Time = Object.freeze({
	/** Milliseconds, a signed 32-bit number that wraps; for differences only. */
	get ticks(): number {
		return native("xs_time_ticks").call(this);
	},
	/** For differences only. */
	get microseconds(): number {
		return native("xs_time_microseconds").call(this);
	},
	/** Milliseconds from `start` to `end`, both of `ticks`. */
	delta(start: number, end?: number): number {
		return ((end ?? native("xs_time_ticks").call(this)) - start) | 0;
	},
});

export default Time;
