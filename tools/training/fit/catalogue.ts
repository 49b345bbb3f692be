/**
 * Real microcontrollers that models may be meant for. Figures are those of the documents named, in the revisions named;
 * where a document gives no active current, or only as a curve, there is none here rather than a guess.
 */

/** What counts instructions alike. */
export type Core =
	| "Xtensa LX106"
	| "Xtensa LX6"
	| "Xtensa LX7"
	| "Cortex-M0+"
	| "Cortex-M3"
	| "Cortex-M4F"
	| "Cortex-M7F"
	| "Cortex-M33F"
	| "RV32EC"
	| "RV32IMC"
	| "RV32IMAC"
	| "RV64GC"
	| "AVR"
	| "MSP430X";

export interface Current {
	/**
	 * While the processor runs, typical at room temperature, radios off, and clocks of peripherals off where the document
	 * tells that apart. Of the whole chip at `volts`, and at the full clock where the document has it: what a front page
	 * promises for a megahertz is often measured at a low clock and does not hold at the full one.
	 */
	readonly milliamperes: number;
	/** The clock at which it was measured. */
	readonly megahertz: number;
	readonly volts: number;
	/** Under which conditions, and where that is written. */
	readonly source: string;
}

export interface Memory {
	readonly bytes: number;
	/** What the figure counts where it is not simply all that the chip has. */
	readonly note?: string;
}

export interface Microcontroller {
	/** For the command line: lower case, digits and `-`. */
	readonly id: string;
	readonly name: string;
	readonly core: Core;
	readonly cores: number;
	readonly megahertz: number;
	readonly ram: Memory;
	/** Of the chip or, where it has none, as commonly mounted beside it. */
	readonly flash: Memory;
	readonly current?: Current;
	/** The document that memory and clock come from. */
	readonly source: string;
}

const kib = 1024;
const mib = 1024 * 1024;

/** Beside the chip: what common modules and boards carry. */
const mounted = (bytes: number, board: string): Memory => ({ bytes, note: `beside the chip, as on ${board}` });

export const microcontrollers: readonly Microcontroller[] = [
	{
		id: "esp8266",
		name: "ESP8266EX",
		core: "Xtensa LX106",
		cores: 1,
		megahertz: 160,
		ram: { bytes: 50 * 1000, note: "left for heap and data with Wi-Fi connected" },
		flash: mounted(4 * mib, "ESP-12F modules; 1 MiB of it can be read in place"),
		current: {
			milliamperes: 15,
			megahertz: 80,
			volts: 3.3,
			source: "Table 3-4: modem sleep, the processor working; no clock is named, 80 MHz is the default",
		},
		source: "Espressif, ESP8266EX Datasheet (2020.10): 3.1 CPU, Memory, and Flash",
	},
	{
		id: "esp32",
		name: "ESP32",
		core: "Xtensa LX6",
		cores: 2,
		megahertz: 240,
		ram: { bytes: 320 * kib, note: "data memory of the 520 KiB, before Wi-Fi takes its part" },
		flash: mounted(4 * mib, "ESP32-WROOM-32E"),
		current: {
			milliamperes: 68,
			megahertz: 240,
			volts: 3.3,
			source: "v3.5, Table 6: modem sleep, two cores; upper end of 30 to 68 mA",
		},
		source: "Espressif, ESP32 Series Datasheet: Features; ESP32 Technical Reference Manual: System and Memory",
	},
	{
		id: "esp32-s2",
		name: "ESP32-S2",
		core: "Xtensa LX7",
		cores: 1,
		megahertz: 240,
		ram: { bytes: 320 * kib },
		flash: mounted(4 * mib, "ESP32-S2-WROOM"),
		current: {
			milliamperes: 23,
			megahertz: 240,
			volts: 3.3,
			source: "v1.5, Table 14: modem sleep, the processor running, clocks of peripherals off",
		},
		source: "Espressif, ESP32-S2 Series Datasheet: Features",
	},
	{
		id: "esp32-s3",
		name: "ESP32-S3",
		core: "Xtensa LX7",
		cores: 2,
		megahertz: 240,
		ram: { bytes: 512 * kib },
		flash: mounted(8 * mib, "ESP32-S3-WROOM-1-N8"),
		current: {
			milliamperes: 51.2,
			megahertz: 240,
			volts: 3.3,
			source:
				"v1.4, Table 4-9: modem sleep, one core at 32-bit data access and the other idle, clocks of peripherals off",
		},
		source: "Espressif, ESP32-S3 Series Datasheet: Features",
	},
	{
		id: "esp32-c3",
		name: "ESP32-C3",
		core: "RV32IMC",
		cores: 1,
		megahertz: 160,
		ram: { bytes: 400 * kib, note: "16 KiB of it serve as cache" },
		flash: mounted(4 * mib, "ESP32-C3-MINI-1"),
		current: {
			milliamperes: 23,
			megahertz: 160,
			volts: 3.3,
			source: "v1.4, Table 18: modem sleep, the processor running, clocks of peripherals off",
		},
		source: "Espressif, ESP32-C3 Series Datasheet: Features",
	},
	{
		id: "esp32-c6",
		name: "ESP32-C6",
		core: "RV32IMAC",
		cores: 1,
		megahertz: 160,
		ram: { bytes: 512 * kib },
		flash: mounted(4 * mib, "ESP32-C6-MINI-1"),
		current: {
			milliamperes: 27,
			megahertz: 160,
			volts: 3.3,
			source: "v0.5, Table 4-8: modem sleep, the processor running, clocks of peripherals off",
		},
		source: "Espressif, ESP32-C6 Series Datasheet: Features",
	},
	{
		id: "rp2040",
		name: "RP2040",
		core: "Cortex-M0+",
		cores: 2,
		megahertz: 133,
		ram: { bytes: 264 * kib },
		flash: mounted(2 * mib, "Raspberry Pi Pico"),
		source: "Raspberry Pi, RP2040 Datasheet: Introduction",
	},
	{
		id: "rp2350",
		name: "RP2350",
		core: "Cortex-M33F",
		cores: 2,
		megahertz: 150,
		ram: { bytes: 520 * kib },
		flash: mounted(4 * mib, "Raspberry Pi Pico 2"),
		source: "Raspberry Pi, RP2350 Datasheet: Introduction",
	},
	{
		id: "nrf52832",
		name: "nRF52832",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 64,
		ram: { bytes: 64 * kib },
		flash: { bytes: 512 * kib },
		current: {
			milliamperes: 3.7,
			megahertz: 64,
			volts: 3,
			source: "58 µA/MHz from flash, DC/DC converter at 3 V (key features)",
		},
		source: "Nordic, nRF52832 Product Specification: Key features; Memory",
	},
	{
		id: "nrf52840",
		name: "nRF52840",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 64,
		ram: { bytes: 256 * kib },
		flash: { bytes: 1 * mib },
		current: {
			milliamperes: 3.3,
			megahertz: 64,
			volts: 3,
			source: "52 µA/MHz from flash, DC/DC converter at 3 V (key features)",
		},
		source: "Nordic, nRF52840 Product Specification: Key features; Memory",
	},
	{
		id: "nrf5340",
		name: "nRF5340, application core",
		core: "Cortex-M33F",
		cores: 1,
		megahertz: 128,
		ram: { bytes: 512 * kib },
		flash: { bytes: 1 * mib },
		source: "Nordic, nRF5340 Product Specification: Key features",
	},
	{
		id: "stm32f103",
		name: "STM32F103C8",
		core: "Cortex-M3",
		cores: 1,
		megahertz: 72,
		ram: { bytes: 20 * kib },
		flash: { bytes: 64 * kib },
		current: {
			milliamperes: 27,
			megahertz: 72,
			volts: 3.3,
			source: "Rev 20, Table 17: run mode from flash, peripherals off",
		},
		source: "ST, DS5319 (STM32F103x8, STM32F103xB): Features",
	},
	{
		id: "stm32f401",
		name: "STM32F401RE",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 84,
		ram: { bytes: 96 * kib },
		flash: { bytes: 512 * kib },
		current: {
			milliamperes: 12.5,
			megahertz: 84,
			volts: 3.3,
			source: "Rev 5, Table 23: run mode from flash, accelerator on without prefetch, peripherals off",
		},
		source: "ST, DS10086 (STM32F401xD, STM32F401xE): Features",
	},
	{
		id: "stm32f411",
		name: "STM32F411RE",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 100,
		ram: { bytes: 128 * kib },
		flash: { bytes: 512 * kib },
		current: {
			milliamperes: 11.6,
			megahertz: 100,
			volts: 3.6,
			source: "Rev 8, Table 23: run mode from flash, accelerator on without prefetch, peripherals off",
		},
		source: "ST, DS10314 (STM32F411xC, STM32F411xE): Features",
	},
	{
		id: "stm32f446",
		name: "STM32F446RE",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 180,
		ram: { bytes: 128 * kib },
		flash: { bytes: 512 * kib },
		current: {
			milliamperes: 32,
			megahertz: 180,
			volts: 3.3,
			source: "Rev 11, Table 23: run mode from flash, accelerator on without prefetch, peripherals off",
		},
		source: "ST, DS10693 (STM32F446xC/E): Features",
	},
	{
		id: "stm32f746",
		name: "STM32F746NG",
		core: "Cortex-M7F",
		cores: 1,
		megahertz: 216,
		ram: { bytes: 320 * kib, note: "with 64 KiB of tightly coupled data memory, without 16 KiB for instructions" },
		flash: { bytes: 1 * mib },
		current: {
			milliamperes: 108,
			megahertz: 216,
			volts: 3.3,
			source: "Rev 5, Table 26: run mode from flash, accelerator on without prefetch, caches on, peripherals off",
		},
		source: "ST, DS10916 (STM32F745xx, STM32F746xx): Features",
	},
	{
		id: "stm32h743",
		name: "STM32H743ZI",
		core: "Cortex-M7F",
		cores: 1,
		megahertz: 480,
		ram: { bytes: 1056 * kib, note: "in seven banks, the largest of 512 KiB; 64 KiB are meant for instructions" },
		flash: { bytes: 2 * mib },
		current: {
			milliamperes: 110,
			megahertz: 480,
			volts: 3.3,
			source:
				"run mode from flash, caches on, linear regulator, VOS0, peripherals off (current in run mode of revision V)",
		},
		source: "ST, DS12110 (STM32H742xI/G, STM32H743xI/G): Table 2",
	},
	{
		id: "stm32l432",
		name: "STM32L432KC",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 80,
		ram: { bytes: 64 * kib },
		flash: { bytes: 256 * kib },
		current: {
			milliamperes: 8.53,
			megahertz: 80,
			volts: 3,
			source: "Rev 4, Table 25: run mode from flash, cache on without prefetch, range 1, peripherals off",
		},
		source: "ST, DS11451 (STM32L432KB, STM32L432KC): Features",
	},
	{
		id: "stm32l476",
		name: "STM32L476RG",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 80,
		ram: { bytes: 128 * kib, note: "96 KiB and 32 KiB" },
		flash: { bytes: 1 * mib },
		current: {
			milliamperes: 10.2,
			megahertz: 80,
			volts: 3,
			source:
				"run mode from flash, cache on without prefetch, range 1, no external converter, peripherals off (current in run mode)",
		},
		source: "ST, DS10198 (STM32L476xx): Features",
	},
	{
		id: "stm32u585",
		name: "STM32U585AI",
		core: "Cortex-M33F",
		cores: 1,
		megahertz: 160,
		ram: { bytes: 784 * kib, note: "in banks of 192, 64, 512 and 16 KiB" },
		flash: { bytes: 2 * mib },
		current: {
			milliamperes: 6.7,
			megahertz: 160,
			volts: 3.3,
			source:
				"run mode from flash, cache and prefetch on, step-down converter, range 1, reduced code, peripherals off (typical current in run mode)",
		},
		source: "ST, DS13086 (STM32U585xx): Features; Table 2",
	},
	{
		id: "samd21",
		name: "SAM D21 (ATSAMD21G18)",
		core: "Cortex-M0+",
		cores: 1,
		megahertz: 48,
		ram: { bytes: 32 * kib },
		flash: { bytes: 256 * kib },
		current: {
			milliamperes: 3.37,
			megahertz: 48,
			volts: 3.3,
			source:
				"37.7 Power Consumption: active at 25 °C, an empty loop from flash with one wait state, cache on; other code draws more",
		},
		source: "Microchip, DS40001882 (SAM D21/DA1 Family): Features",
	},
	{
		id: "samd51",
		name: "SAM D51 (ATSAMD51J19)",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 120,
		ram: { bytes: 192 * kib },
		flash: { bytes: 512 * kib },
		source: "Microchip, DS60001507 (SAM D5x/E5x Family): Features",
	},
	{
		id: "atmega328p",
		name: "ATmega328P",
		core: "AVR",
		cores: 1,
		megahertz: 20,
		ram: { bytes: 2 * kib },
		flash: { bytes: 32 * kib },
		current: {
			milliamperes: 5.2,
			megahertz: 8,
			volts: 5,
			source: "8271H, Table 29-12: active, power reduction on",
		},
		source: "Microchip, DS40002061 (ATmega48A/PA/88A/PA/168A/PA/328/P): Features",
	},
	{
		id: "atmega2560",
		name: "ATmega2560",
		core: "AVR",
		cores: 1,
		megahertz: 16,
		ram: { bytes: 8 * kib },
		flash: { bytes: 256 * kib },
		current: {
			milliamperes: 10,
			megahertz: 8,
			volts: 5,
			source: "2549, DC characteristics: active, power reduction on",
		},
		source: "Microchip, DS40002211 (ATmega640/1280/1281/2560/2561): Features",
	},
	{
		id: "msp430fr5994",
		name: "MSP430FR5994",
		core: "MSP430X",
		cores: 1,
		megahertz: 16,
		ram: { bytes: 8 * kib, note: "4 KiB of it shared with the vector unit" },
		flash: { bytes: 256 * kib, note: "FRAM" },
		current: {
			milliamperes: 1.62,
			megahertz: 16,
			volts: 3,
			source: "SLASE54C, 5.4: active from FRAM with one wait state, 75 % of accesses hit the cache",
		},
		source: "Texas Instruments, SLASE54 (MSP430FR599x, MSP430FR596x): Features",
	},
	{
		id: "apollo3",
		name: "Apollo3 Blue",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 48,
		ram: { bytes: 384 * kib },
		flash: { bytes: 1 * mib },
		current: {
			milliamperes: 0.29,
			megahertz: 48,
			volts: 3.3,
			source: "6 µA/MHz from flash or RAM at 3.3 V (features)",
		},
		source: "Ambiq, Apollo3 Blue SoC Datasheet: Features (96 MHz in bursts)",
	},
	{
		id: "max78000",
		name: "MAX78000, Cortex-M4",
		core: "Cortex-M4F",
		cores: 1,
		megahertz: 100,
		ram: { bytes: 128 * kib, note: "without the memory of the network accelerator" },
		flash: { bytes: 512 * kib },
		current: {
			milliamperes: 2.2,
			megahertz: 100,
			volts: 3,
			source: "22.2 µA/MHz, an empty loop from cache at 3.0 V (features); other code draws more",
		},
		source: "Analog Devices, MAX78000 Datasheet: Benefits and Features",
	},
	{
		id: "gd32vf103",
		name: "GD32VF103CB",
		core: "RV32IMAC",
		cores: 1,
		megahertz: 108,
		ram: { bytes: 32 * kib },
		flash: { bytes: 128 * kib },
		source: "GigaDevice, GD32VF103 Datasheet: Device information",
	},
	{
		id: "ch32v003",
		name: "CH32V003",
		core: "RV32EC",
		cores: 1,
		megahertz: 48,
		ram: { bytes: 2 * kib },
		flash: { bytes: 16 * kib },
		current: {
			milliamperes: 4.67,
			megahertz: 48,
			volts: 3.3,
			source: "V1.0, Table 3-6-1: run mode from flash, external clock, peripherals off",
		},
		source: "WCH, CH32V003 Datasheet: Features",
	},
	{
		id: "teensy41",
		name: "i.MX RT1062 on Teensy 4.1",
		core: "Cortex-M7F",
		cores: 1,
		megahertz: 600,
		ram: { bytes: 1 * mib, note: "512 KiB tightly coupled, 512 KiB beside" },
		flash: mounted(7936 * kib, "Teensy 4.1, without its recovery sector"),
		source: "NXP, IMXRT1060CEC: Features; PJRC, Teensy 4.1: Memory",
	},
	{
		id: "k210",
		name: "K210",
		core: "RV64GC",
		cores: 2,
		megahertz: 400,
		ram: { bytes: 6 * mib, note: "without 2 MiB of the network accelerator" },
		flash: mounted(16 * mib, "Sipeed Maix modules"),
		source: "Kendryte, K210 Datasheet: Overview",
	},
];

/** Throws RangeError that lists what there is. */
export function microcontroller(id: string): Microcontroller {
	const found = microcontrollers.find((one) => one.id === id);
	if (!found) throw new RangeError(`there is no ${id}; there are ${microcontrollers.map((one) => one.id).join(", ")}`);
	return found;
}
