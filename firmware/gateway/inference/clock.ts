/** The two clocks that inference reads. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Microseconds from any beginning, never going back. */
	microseconds(): number;
}
