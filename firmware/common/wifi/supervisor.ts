import { backoff } from "common/backoff";
import { maximumNetworks, type Networks } from "common/wifi/networks";

/** Why there is no link, the most telling first. */
export const failures = Object.freeze(["wrong-password", "no-address", "lost", "not-found"] as const);
export type Failure = (typeof failures)[number];

export type LinkState = "connected" | "connecting" | "waiting";

/** What the supervisor does with a board's radio. What comes of it is told to the supervisor later, not during the call. */
export interface Radio {
	/** Leaves whatever it is in, and joins the network of this slot. */
	join(slot: number): void;
	leave(): void;
	/** Looks for networks: `found` for each, then `scanned`. */
	scan(): void;
	/** The address that the link has now. */
	address(): string | undefined;
	/** State, network or failure have changed. */
	changed(): void;
}

/** Milliseconds. */
const Time = Object.freeze({
	/** For association with one network, repeated when it fails otherwise than by absence. */
	join: 15_000,
	/** From association to an address. */
	lease: 15_000,
	/** After a link is left, or has failed, until another is tried: what is still told of the old one is not the new one's. */
	pause: 500,
	scan: 6000,
	/** Before the first round is repeated, and at most. */
	wait: 1000,
	longestWait: 20_000,
	/** Between two looks at the address of a link. */
	check: 5000,
	/** Before a link is given up for a network that was asked for, so that the asker has the answer. */
	farewell: 1500,
} as const);

/** dB by which a network must be stronger than the one that was on line last to be tried before it. */
const loyalty = 10;
const unseen = -128;

/**
 * Milliseconds after which a board that keeps so many networks is back on line at the latest, counted from when one of
 * them is in reach again and answers within the times above: the round that is under way fails, the board waits, and the
 * next round tries all others first.
 */
export function recoveryTime(networks: number): number {
	const attempt = Time.join + Time.lease + Time.pause;
	const round = networks > 1 ? Time.scan + Time.pause + networks * attempt : attempt;
	// The first round begins with the network that was on line last, without a scan.
	return (networks > 1 ? attempt : 0) + round + Time.longestWait + round + Time.check;
}

type Phase =
	/** Nothing is kept, or the supervisor has not begun. */
	| "idle"
	| "scanning"
	/** Between two attempts; events are of what was before. */
	| "pausing"
	| "joining"
	| "leasing"
	| "online"
	/** After a round that failed. */
	| "waiting";

/**
 * Keeps a board in one of its networks: tries them in turn, tells failures apart, notices links without an address, and
 * never gives up. Pure: times are milliseconds on a clock that does not go back, the radio and randomness are given.
 * `tick` is to be called at `due`, which may change with each call.
 */
export class Supervisor {
	readonly #networks: Networks;
	readonly #radio: Radio;
	readonly #random: () => number;
	#phase: Phase = "idle";
	#due: number | undefined;
	/** The slots of this round in the order in which they are tried, and the place of the one that is being tried. */
	readonly #queue = new Uint8Array(maximumNetworks);
	#length = 0;
	#place = -1;
	/** Whether the round has scanned, or needs no scan. */
	#scanned = false;
	readonly #strengths = new Int8Array(maximumNetworks);
	/** By slot: 0, or 1 + the place in `failures` of why the latest attempt failed. */
	readonly #failures = new Uint8Array(maximumNetworks);
	/** When the attempt under way has to be joined, and how often it was made: a second time within that time at most. */
	#deadline = 0;
	#tries = 0;
	#again = false;
	/** Rounds that have failed one after the other. */
	#rounds = 0;

	constructor(options: { networks: Networks; radio: Radio; random: () => number }) {
		this.#networks = options.networks;
		this.#radio = options.radio;
		this.#random = options.random;
	}

	/** When `tick` wants to be called; undefined: not before something else happens. */
	get due(): number | undefined {
		return this.#due;
	}

	get state(): LinkState {
		if ("online" === this.#phase) return "connected";
		return "waiting" === this.#phase || "idle" === this.#phase ? "waiting" : "connecting";
	}

	/** Whether it waits for a scan of its own. */
	get scanning(): boolean {
		return "scanning" === this.#phase;
	}

	/** Whether the radio is free to scan for somebody else. */
	get scannable(): boolean {
		return "connected" === this.state || "waiting" === this.state;
	}

	/** The slot that is on line or being tried. */
	get slot(): number | undefined {
		return this.#place < 0 || this.#place >= this.#length ? undefined : this.#queue[this.#place];
	}

	/** Why there is no link: the most telling of what the networks failed with. Null while there is one. */
	get failure(): Failure | null {
		if ("online" === this.#phase) return null;
		let code = 0;
		for (const other of this.#failures) if (0 !== other && (0 === code || other < code)) code = other;
		return 0 === code ? null : failures[code - 1]!;
	}

	/** Why the latest attempt with this slot's network failed; null when it did not, or there was none. */
	failureOf(slot: number): Failure | null {
		const code = this.#failures[slot]!;
		return 0 === code ? null : failures[code - 1]!;
	}

	/** Begins with what is kept now. */
	start(now: number): void {
		this.#rounds = 0;
		const { last } = this.#networks;
		if (undefined === last || 1 === this.#networks.count) this.begin(now);
		else this.only(last, now);
	}

	/** Leaves, and does nothing until `start` or `attempt`. */
	stop(): void {
		const left = "idle" !== this.#phase;
		this.set("idle", undefined);
		this.#place = -1;
		if (left) this.#radio.leave();
	}

	/** Tries this slot's network now, and the others only when it fails. */
	attempt(slot: number, now: number): void {
		this.#failures[slot] = 0;
		this.#rounds = 0;
		this.only(slot, now + ("online" === this.#phase ? Time.farewell : 0));
	}

	/** What is kept has changed: a link to what is kept no more is left. */
	forgot(now: number): void {
		for (let slot = 0; slot < maximumNetworks; slot++)
			if (undefined === this.#networks.ssid(slot)) this.#failures[slot] = 0;
		const { slot } = this;
		if (undefined !== slot && undefined === this.#networks.ssid(slot)) {
			this.#rounds = 0;
			this.#length = 0;
			this.#place = -1;
			this.#again = false;
			this.#scanned = false;
			this.set("pausing", now + Time.farewell);
		} else if ("waiting" === this.#phase) this.begin(now);
	}

	/** The radio is associated. */
	joined(now: number): void {
		if ("joining" === this.#phase) this.set("leasing", now + Time.lease);
	}

	/** The link has an address. */
	addressed(now: number): void {
		if ("joining" === this.#phase || "leasing" === this.#phase) this.arrive(now);
	}

	/** The link is gone, or did not come about. */
	failed(now: number, failure: Exclude<Failure, "no-address">): void {
		switch (this.#phase) {
			case "joining":
				// A handshake that fails once may be the weather; absence is looked for on all channels already.
				this.#again = "not-found" !== failure && 1 === this.#tries && now + Time.pause < this.#deadline;
				if (this.#again) this.set("pausing", now + Time.pause);
				else this.fail(now, failure);
				break;
			case "leasing":
				this.fail(now, failure);
				break;
			case "online":
				this.lose(now);
		}
	}

	/** The address is gone while the link may be there. */
	unaddressed(now: number): void {
		if ("online" === this.#phase) {
			this.#radio.leave();
			this.lose(now);
		}
	}

	/** A network that a scan has found. */
	found(ssid: string, strength: number): void {
		if ("scanning" !== this.#phase) return;
		for (let slot = 0; slot < maximumNetworks; slot++)
			if (ssid === this.#networks.ssid(slot))
				this.#strengths[slot] = Math.max(this.#strengths[slot]!, strength, unseen + 1);
	}

	/** The scan is over, or could not be made. */
	scanned(now: number): void {
		if ("scanning" !== this.#phase) return;
		this.#scanned = true;
		const { last } = this.#networks;
		const rank = (slot: number) => this.#strengths[slot]! + (slot === last ? loyalty : 0);
		this.#length = 0;
		for (let slot = 0; slot < maximumNetworks; slot++) {
			if (undefined === this.#networks.ssid(slot)) continue;
			// Those unseen come last, for they may be hidden.
			let at = this.#length++;
			for (; at > 0 && rank(slot) > rank(this.#queue[at - 1]!); at--) this.#queue[at] = this.#queue[at - 1]!;
			this.#queue[at] = slot;
		}
		this.#place = -1;
		// The radio has to come to rest before it joins.
		this.set("pausing", now + Time.pause);
	}

	tick(now: number): void {
		if (undefined === this.#due || now < this.#due) return;
		switch (this.#phase) {
			case "scanning":
				this.scanned(now);
				break;
			case "pausing":
				this.next(now);
				break;
			case "joining":
				this.#radio.leave();
				this.fail(now, "lost");
				break;
			case "leasing":
				// Some stations are told of their address only when they have one of each kind.
				if (undefined !== this.#radio.address()) this.arrive(now);
				else {
					this.#radio.leave();
					this.fail(now, "no-address");
				}
				break;
			case "online":
				if (undefined === this.#radio.address()) this.unaddressed(now);
				else this.#due = now + Time.check;
				break;
			case "waiting":
				this.begin(now);
		}
	}

	/** A round with all that is kept. */
	private begin(now: number): void {
		const { count } = this.#networks;
		this.#place = -1;
		if (0 === count) {
			this.set("idle", undefined);
			return;
		}
		if (1 === count) {
			for (let slot = 0; slot < maximumNetworks; slot++)
				if (undefined !== this.#networks.ssid(slot)) this.only(slot, now);
			return;
		}
		this.#strengths.fill(unseen);
		this.#length = 0;
		this.set("scanning", now + Time.scan);
		this.#radio.scan();
	}

	/** A round that begins with one network, without a scan. */
	private only(slot: number, now: number): void {
		this.#queue[0] = slot;
		this.#length = 1;
		this.#place = -1;
		this.#again = false;
		this.#scanned = 1 === this.#networks.count;
		this.set("pausing", now);
	}

	private next(now: number): void {
		if (this.#again) this.#again = false;
		else {
			this.#place++;
			this.#tries = 0;
			this.#deadline = now + Time.join;
		}
		for (; this.#place < this.#length; this.#place++) {
			const slot = this.#queue[this.#place]!;
			if (undefined === this.#networks.ssid(slot)) continue;
			this.#tries++;
			this.set("joining", this.#deadline);
			this.#radio.join(slot);
			return;
		}
		if (!this.#scanned) {
			this.begin(now);
			return;
		}
		this.#place = -1;
		this.set("waiting", now + backoff(this.#rounds++, Time.wait, Time.longestWait, this.#random));
	}

	private note(failure: Failure): void {
		const { slot } = this;
		if (undefined !== slot) this.#failures[slot] = 1 + failures.indexOf(failure);
	}

	private fail(now: number, failure: Failure): void {
		this.note(failure);
		this.set("pausing", now + Time.pause);
	}

	private arrive(now: number): void {
		const slot = this.slot!;
		this.#failures[slot] = 0;
		this.#rounds = 0;
		this.#networks.settle(slot);
		this.set("online", now + Time.check);
	}

	private lose(now: number): void {
		const slot = this.slot!;
		// What others failed with before is not why there is no link now.
		this.#failures.fill(0);
		this.note("lost");
		// All that were in this network lost it at once: they do not come back at once.
		this.only(slot, now + Time.pause + backoff(0, Time.wait, Time.wait, this.#random));
	}

	private set(phase: Phase, due: number | undefined): void {
		this.#phase = phase;
		this.#due = due;
		this.#radio.changed();
	}
}
