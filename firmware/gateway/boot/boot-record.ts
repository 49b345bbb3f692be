/**
 * Counts starts that did not last a minute, so that a gateway that cannot serve becomes one that can be mended. A start
 * counts when a crash, the watchdog, a low supply or the firmware itself has ended it; not when somebody has: by a switch,
 * a plug, the reset button, or a restart that was asked for.
 */
import { endedOnTrial, type RecordStorage, type Running } from "gateway/update/update-history";

/** Failed starts in a row after which the next one is in safe mode. */
export const maximumFailures = 10;
/** Milliseconds after which a start has not failed. */
export const lastingTime = 60_000;

/** Crashes of the gateway while the same version of a model computed, after which that is set aside. */
const maximumCrashes = 3;

const failuresKey = "failures";
const crashesKey = "crashes";
const problemKey = "problem";
/** Characters of a problem that are kept. */
const problemLength = 200;

export class BootRecord {
	/** Failed starts in a row, this one not among them. */
	readonly failures: number;
	/** Why the start before this one gave up; empty when it did not. */
	readonly problem: string;
	readonly isSafe: boolean;
	/** The mark of a model under which the gateway has crashed or stood still too often; 0: there is none. */
	readonly culprit: number;
	/** Why the count could not be stored; empty when it could. */
	unwritten = "";
	/** Of this and of the updates' history. */
	readonly storage: RecordStorage;
	#settled = false;

	/**
	 * Counts this start; `reason`: why it came, `noted`: the mark of the model that computed when the chip ended, 0 for none.
	 * To be called first of all: what comes after it may crash.
	 */
	constructor(
		storage: RecordStorage,
		{ slot, reason, noted }: Pick<Running, "slot" | "reason"> & { readonly noted: number },
	) {
		this.storage = storage;
		const count = readCount(storage);
		// The one before has counted itself.
		this.failures = "power" === reason || "button" === reason ? Math.max(0, count - 1) : count;
		const problem = storage.read(problemKey);
		this.problem = "string" === typeof problem ? problem : "";
		this.isSafe = this.failures >= maximumFailures;
		// After safe mode all is tried anew: what was wrong may have passed.
		this.write(this.isSafe ? 0 : this.failures + 1);
		const isCrash = "watchdog" === reason || "panic" === reason;
		// A model that crashes firmware on trial does not have to crash this.
		this.culprit = 0 !== noted && isCrash && !endedOnTrial(storage, slot) ? this.accuse(noted) : 0;
	}

	/** The culprit has been dealt with. */
	acquit(): void {
		if (0 !== this.culprit) this.store(crashesKey, "");
	}

	/** This start has lasted. */
	settle(): void {
		if (this.#settled) return;
		this.#settled = true;
		if (!this.isSafe) this.write(0);
		if (!this.isSafe && "" !== this.problem) this.store(problemKey, "");
	}

	/** A restart follows that somebody has asked for. */
	leave(): void {
		if (!this.#settled && !this.isSafe) this.write(this.failures);
	}

	/** What this start cannot do without is missing: the next one is in safe mode, and says why. */
	giveUp(problem: string): void {
		this.write(maximumFailures);
		this.store(problemKey, problem.slice(0, problemLength));
	}

	/** Gives the mark when it was not the first time. Written only at a start after such an end. */
	private accuse(mark: number): number {
		const text = this.storage.read(crashesKey);
		const [before, count] = "string" === typeof text ? text.split(" ") : [];
		const crashes = before === String(mark) ? (Number(count) || 0) + 1 : 1;
		this.store(crashesKey, `${mark} ${crashes}`);
		return crashes >= maximumCrashes ? mark : 0;
	}

	private write(failures: number): void {
		this.store(failuresKey, String(failures));
	}

	/** A store that takes nothing more must not keep the gateway from starting: then nothing is counted. */
	private store(key: string, value: string): void {
		try {
			this.storage.write(key, value);
		} catch (error) {
			this.unwritten = (error as Error).message;
		}
	}
}

function readCount(storage: RecordStorage): number {
	const text = storage.read(failuresKey);
	const count = "string" === typeof text ? Number(text) : 0;
	return Number.isInteger(count) && count > 0 ? Math.min(count, maximumFailures) : 0;
}
