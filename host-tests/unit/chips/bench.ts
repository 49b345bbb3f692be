import type { ChipContext, I2CChip } from "../../../tools/simulator/supervisor/chip";
import { createRandom } from "../../../tools/training/random";

/** What surrounds a chip under test: a clock that is turned by hand. */
export class Bench implements ChipContext {
	time = 0;
	readonly pins: [pin: number, value: 0 | 1][] = [];
	readonly random = createRandom(1);
	#timers: { time: number; callback: () => void }[] = [];

	now(): number {
		return this.time;
	}

	after(milliseconds: number, callback: () => void): () => void {
		const timer = { time: this.time + milliseconds, callback };
		this.#timers.push(timer);
		return () => {
			this.#timers = this.#timers.filter((other) => other !== timer);
		};
	}

	setPin(pin: number, value: 0 | 1): void {
		this.pins.push([pin, value]);
	}

	get timers(): number {
		return this.#timers.length;
	}

	/** Lets so many milliseconds pass, timers in the order in which they are due. */
	pass(milliseconds: number): void {
		const end = this.time + milliseconds;
		for (;;) {
			const next = this.#timers.sort((a, b) => a.time - b.time)[0];
			if (!next || next.time > end) break;
			this.#timers.shift();
			this.time = Math.max(this.time, next.time);
			next.callback();
		}
		this.time = end;
	}
}

/** An ECMA-419 I2C class whose bus holds the given chips by address. */
export function createBus(chips: ReadonlyMap<number, I2CChip>) {
	return class Bus {
		static open = 0;
		#chip: I2CChip;

		constructor(options: { address: number }) {
			const chip = chips.get(options.address);
			if (!chip) throw new Error("nothing acknowledges");
			this.#chip = chip;
			Bus.open++;
		}

		write(bytes: Uint8Array): void {
			this.#chip.write(bytes.slice());
		}

		read(into: Uint8Array): number {
			into.set(this.#chip.read(into.length));
			return into.length;
		}

		close(): void {
			Bus.open--;
		}
	};
}
