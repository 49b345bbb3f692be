/** Timers of the simulation's clock; intervals in milliseconds. */
type Callback = (timer: object) => void;

const Timer = Object.freeze({
	/** Once after `interval`, then, with `repeat`, every so often. */
	set(callback: Callback, interval = 0, repeat?: number): object {
		return native("xs_timer_set").call(this, callback, interval, repeat);
	},
	repeat(callback: Callback, interval: number): object {
		return native("xs_timer_set").call(this, callback, interval, interval);
	},
	/** Sets it anew; without an interval it stays alive and does not fire. */
	schedule(timer: object, interval?: number, repeat?: number): void {
		native("xs_timer_schedule").call(this, timer, interval, repeat);
	},
	clear(timer: object | undefined | null): void {
		native("xs_timer_clear").call(this, timer);
	},
	/** Nothing else runs meanwhile. */
	delay(milliseconds: number): void {
		native("xs_timer_delay").call(this, milliseconds);
	},
});

export default Timer;
