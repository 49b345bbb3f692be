import { describe, expect, it } from "vitest";
import { type Core, microcontroller, microcontrollers } from "../../../../tools/training/fit/catalogue";
import { activePower } from "../../../../tools/training/fit/plot";

const withCurrent = microcontrollers.flatMap((one) => (one.current ? [{ ...one, current: one.current }] : []));

/** µA for a megahertz. */
const density = ({ current }: (typeof withCurrent)[number]) => (current.milliamperes * 1000) / current.megahertz;

describe("catalogue", () => {
	it("names each microcontroller once, with its source", () => {
		expect(microcontrollers.length).toBeGreaterThanOrEqual(25);
		for (const key of ["id", "name"] as const) {
			expect(new Set(microcontrollers.map((one) => one[key])).size).toBe(microcontrollers.length);
		}
		for (const { id, source } of microcontrollers) {
			expect(id).toMatch(/^[a-z0-9-]+$/);
			// Vendor, document: place.
			expect(source, id).toMatch(/^[\w ]+, .+: ./);
		}
	});

	it("says what there is when asked for what is not", () => {
		expect(microcontroller("esp8266").name).toBe("ESP8266EX");
		expect(() => microcontroller("esp9000")).toThrow(/esp8266, esp32/);
	});

	it("counts memory in whole bytes, as much as such chips have", () => {
		for (const { id, ram, flash } of microcontrollers) {
			for (const { bytes } of [ram, flash]) expect(Number.isInteger(bytes), id).toBe(true);
			expect(ram.bytes, id).toBeGreaterThanOrEqual(2 * 1024);
			expect(ram.bytes, id).toBeLessThanOrEqual(8 * 1024 * 1024);
			expect(flash.bytes, id).toBeGreaterThan(ram.bytes);
		}
	});

	it("says where flash lies that these chips do not have", () => {
		const flashless = ["esp8266", "esp32", "esp32-s3", "rp2040", "rp2350", "teensy41", "k210"];
		for (const id of flashless) expect(microcontroller(id).flash.note, id).toMatch(/^beside the chip/);
	});

	it("gives a current at a clock and a voltage that the chip takes, and from where", () => {
		expect(withCurrent.length).toBeGreaterThanOrEqual(24);
		for (const one of withCurrent) {
			const { id, megahertz, current } = one;
			expect(current.megahertz, id).toBeLessThanOrEqual(megahertz);
			expect(current.volts, id).toBeGreaterThanOrEqual(1.7);
			expect(current.volts, id).toBeLessThanOrEqual(5.5);
			// A table, a section or the front page, or what the table is about.
			expect(current.source, id).toMatch(
				/Table|\d\.\d|\((?:key )?features\)|\(.*current in run mode.*\)|characteristics/,
			);
			// Milliamperes taken for microamperes, or the reverse, would leave this range.
			expect(density(one), id).toBeGreaterThan(5);
			expect(density(one), id).toBeLessThan(1500);
		}
	});

	it("measures 32-bit chips at their full clock, so that nothing is scaled but where no clock is named", () => {
		const narrow: readonly Core[] = ["AVR", "MSP430X"];
		const scaled = withCurrent.filter(
			({ core, megahertz, current }) => !narrow.includes(core) && current.megahertz !== megahertz,
		);
		expect(scaled.map(({ id }) => id)).toEqual(["esp8266"]);
	});

	it("orders families as their makers do", () => {
		const power = (id: string) => activePower(microcontroller(id))!;
		// The makers' low-power lines take less than their fast ones.
		expect(power("stm32u585")).toBeLessThan(power("stm32l432"));
		expect(power("stm32l476")).toBeLessThan(power("stm32f401"));
		expect(power("stm32f446")).toBeLessThan(power("stm32f746"));
		expect(power("esp32-s2")).toBeLessThan(power("esp32"));
	});
});
