/**
 * Why the chip started, what it started, and its watchdog.
 *
 * | | ESP32 | ESP8266 |
 * |---|---|---|
 * | `slot`, `pending`, `confirm`, `rollback` | ESP-IDF's application rollback ("Over The Air Updates" in its Programming Guide) | one slot: "factory", never pending; `rollback` throws |
 * | `watch` | the task watchdog on XS's task ("Watchdogs"), as long as is asked for, 60 s at most | the chip's own, always on and of its own length; `watch` changes nothing |
 */

/**
 * - power: it was switched on, or its EN pin was pulled low, which an ESP32 cannot tell from that
 * - button: its reset pin (ESP8266; the simulator)
 * - restart: `boot.restart()` or `boot.rollback()`
 * - panic: a processor exception, or XS gave up (memory full, unhandled exception), after which the SDK restarts the chip
 * - watchdog: the main loop or a native call did not come to an end
 * - brownout: the supply was too low
 */
export type ResetReason = "power" | "button" | "restart" | "panic" | "watchdog" | "brownout" | "other";

export interface Boot {
	/** Why the chip started. */
	readonly reason: ResetReason;
	/** What `note` was told last before the chip ended; 0 after a start of the power. */
	readonly noted: number;
	/** Label of the partition that the running firmware was started from: "ota_0", "ota_1" or "factory". */
	readonly slot: string;
	/** This firmware runs on trial: at the next start the bootloader goes back, unless it is confirmed before. */
	readonly pending: boolean;
	/** Keeps this firmware. Throws when that cannot be written. */
	confirm(): void;
	/** Marks this firmware as bad and restarts into the other. Throws when there is no other that could run. */
	rollback(): never;
	restart(): never;
	/**
	 * Arms the watchdog: the chip is reset when the main loop has not come round for so many milliseconds, be it in
	 * JavaScript or in native code. Each round of the loop feeds it. Not less than the time that the SDK's loop may sleep
	 * (`CONFIG_ESP_TASK_WDT_TIMEOUT_S` of sdkconfig). Throws a RangeError for what is no time.
	 */
	watch(milliseconds: number): void;
	/** Keeps 32 bits where a reset leaves them, and a cut of the power does not: what is under way, for the next start. */
	note(value: number): void;
	/** Says that long work within one round goes on as it should. */
	feed(): void;
}

const boot: Boot = Object.freeze({
	get reason(): ResetReason {
		return native("xs_boot_reason").call(this);
	},
	get noted(): number {
		return native("xs_boot_noted").call(this);
	},
	get slot(): string {
		return native("xs_boot_slot").call(this);
	},
	get pending(): boolean {
		return native("xs_boot_pending").call(this);
	},
	confirm(): void {
		native("xs_boot_confirm").call(this);
	},
	rollback(): never {
		return native("xs_boot_rollback").call(this) as never;
	},
	restart(): never {
		return native("xs_boot_restart").call(this) as never;
	},
	watch(milliseconds: number): void {
		native("xs_boot_watch").call(this, milliseconds);
	},
	note(value: number): void {
		native("xs_boot_note").call(this, value);
	},
	feed(): void {
		native("xs_boot_feed").call(this);
	},
});

export default boot;
