import { serviceTime, Trial, trialTime } from "gateway/update/trial";
import type { Lack } from "gateway/update/update-history";
import { describe, expect, test } from "vitest";

/** Looks every second at what `lack` says of the second, until there is a verdict; gives it and when. */
function run(lack: (second: number) => Lack | undefined, start = 0): { verdict: Lack | boolean; second: number } {
	const trial = new Trial(start);
	for (let second = 1; second <= 1000; second++) {
		const verdict = trial.look(start + 1000 * second, lack(second));
		if (false !== verdict) return { verdict, second };
	}
	throw new Error("no verdict");
}

describe("the trial of new firmware", () => {
	test("serves from the start – confirmed after a minute", () => {
		expect(run(() => undefined)).toEqual({ verdict: true, second: 61 });
		expect(run(() => undefined, 7e12)).toEqual({ verdict: true, second: 61 });
	});

	test("the network comes late – the minute begins then", () => {
		expect(run((second) => (second < 100 ? "no-network" : undefined))).toEqual({ verdict: true, second: 160 });
	});

	test("the network goes in between – a new minute begins", () => {
		expect(run((second) => (50 === second ? "no-network" : undefined))).toEqual({ verdict: true, second: 111 });
	});

	test.each<Lack>(["no-network", "not-listening", "no-model"])(
		"never without %s – given up for it, in time",
		(lack) => {
			expect(run(() => lack)).toEqual({ verdict: lack, second: trialTime / 1000 });
		},
	);

	test("something is lacking now and then – given up for what was lacking last", () => {
		expect(run((second) => (0 === second % 40 ? "no-model" : 30 === second ? "no-network" : undefined))).toEqual({
			verdict: "no-model",
			second: trialTime / 1000,
		});
	});

	test("begins to serve too late for a minute – given up", () => {
		expect(run((second) => (second < 245 ? "no-network" : undefined))).toEqual({ verdict: "no-network", second: 300 });
		expect(run((second) => (second < 240 ? "no-network" : undefined))).toEqual({ verdict: true, second: 300 });
	});

	test("a main loop that stands still again and again – not confirmed", () => {
		const trial = new Trial(0);
		let now = 0;
		for (;;) {
			now += 11_000;
			const verdict = trial.look(now, undefined);
			if (false === verdict) continue;
			expect(verdict).toBe("stalled");
			expect(now).toBeGreaterThanOrEqual(trialTime);
			break;
		}
	});

	test("tells what remains, when all goes well", () => {
		const trial = new Trial(0);
		expect(trial.remaining(0)).toBe(serviceTime);
		trial.look(1000, undefined);
		trial.look(21_000 - 15_000, undefined);
		expect(trial.remaining(21_000)).toBe(serviceTime - 20_000);
		trial.look(7000, "no-model");
		expect(trial.remaining(7000)).toBe(serviceTime);
	});
});
