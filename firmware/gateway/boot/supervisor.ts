/** What keeps the gateway going, or lets it start anew: the watchdog, the trial of new firmware, restarts. */
import { type BootRecord, lastingTime } from "gateway/boot/boot-record";
import { Trial } from "gateway/update/trial";
import type { Lack, Running, UpdateHistory } from "gateway/update/update-history";

/** What is needed of the module `boot`. */
export interface Boot extends Running {
	confirm(): void;
	/** Gives up what runs, and starts what ran before. */
	rollback(): never;
	restart(): never;
	/** From now on `feed` is to be called at least as often. */
	watch(milliseconds: number): void;
	feed(): void;
}

export interface SupervisorOptions {
	readonly boot: Boot;
	readonly record: BootRecord;
	readonly history: UpdateHistory;
	/** Milliseconds that do not go back. */
	now(): number;
	/** What service lacks now; undefined: nothing. */
	lack(): Lack | undefined;
	/** Milliseconds after which it restarts by itself; without it, it goes on. */
	readonly lifetime?: number | undefined;
	/** Whether something is under way that a restart would break off. */
	isBusy(): boolean;
	/** What is on trial has been confirmed. */
	onChange(): void;
}

/**
 * Milliseconds in which the main loop turns at least once: more than what may take longest, a model that computes its
 * golden rows and a signature that is verified.
 */
const watchdogTime = 30_000;
/** Milliseconds for which a restart waits for what it would break off: a slot's bytes at 1 KiB a second. */
const patience = 1_800_000;

export class Supervisor {
	readonly #options: SupervisorOptions;
	readonly #begun: number;
	#trial: Trial | undefined;
	/** When to restart. */
	#due: number | undefined;

	constructor(options: SupervisorOptions) {
		const { boot, lifetime } = options;
		this.#options = options;
		this.#begun = options.now();
		if (boot.pending) this.#trial = new Trial(this.#begun);
		if (undefined !== lifetime) this.#due = this.#begun + lifetime;
		boot.watch(watchdogTime);
	}

	get isOnTrial(): boolean {
		return undefined !== this.#trial;
	}

	/** Seconds until what is on trial is confirmed, at best; null when it is confirmed. */
	get confirmIn(): number | null {
		return this.#trial ? Math.ceil(this.#trial.remaining(this.#options.now()) / 1000) : null;
	}

	/** Seconds since the start. */
	get uptime(): number {
		return Math.floor((this.#options.now() - this.#begun) / 1000);
	}

	/** Restarts in so many milliseconds, if nothing does so sooner. */
	restart(delay: number): void {
		const due = this.#options.now() + delay;
		this.#due = Math.min(due, this.#due ?? due);
	}

	/** To be called about once a second, by the main loop. */
	tick(): void {
		const options = this.#options;
		const { boot, record } = options;
		boot.feed();
		const time = options.now();
		if (time - this.#begun >= lastingTime) record.settle();
		if (this.#trial) this.look(this.#trial, time);
		if (undefined === this.#due || time < this.#due) return;
		if (options.isBusy() && time < this.#due + patience) return;
		record.leave();
		boot.restart();
	}

	private look(trial: Trial, time: number): void {
		const options = this.#options;
		const { boot, history } = options;
		const verdict = trial.look(time, options.lack());
		if (false === verdict) return;
		if (true === verdict) {
			boot.confirm();
			this.#trial = undefined;
			history.confirmed();
			options.onChange();
			return;
		}
		history.failing(verdict);
		boot.rollback();
	}
}
