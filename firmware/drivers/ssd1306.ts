/**
 * Solomon Systech SSD1306 with the 64×32 panel of the Heltec Wireless Stick, which uses columns 32 to 95 of the
 * controller's 128. Commands: SSD1306 datasheet, revision 1.1, section 9.
 */

import type I2C from "embedded:io/i2c";
import { Cell, glyphColumn } from "drivers/font";

type I2COptions = ConstructorParameters<typeof I2C>[0];

/** The part of ECMA-419 I2C that the driver uses. */
export interface Bus {
	write(bytes: Uint8Array): unknown;
	close(): void;
}

export interface Options {
	display: Omit<I2COptions, "address" | "hz"> & {
		io: new (options: I2COptions) => Bus;
		/** 0x3C, or 0x3D with pin SA0 high. */
		address?: number;
		hz?: number;
	};
}

export const width = 64;
export const height = 32;
const pages = height / 8;
const firstColumn = 32;

/** Control bytes (8.1.5.2): what follows is all commands, or all display data. */
const Control = Object.freeze({ commands: 0x00, data: 0x40 } as const);

const Command = Object.freeze({
	lowColumn: 0x00,
	highColumn: 0x10,
	addressing: 0x20,
	startLine: 0x40,
	contrast: 0x81,
	chargePump: 0x8d,
	segmentRemap: 0xa1,
	showMemory: 0xa4,
	normal: 0xa6,
	multiplex: 0xa8,
	off: 0xae,
	on: 0xaf,
	page: 0xb0,
	scanDown: 0xc8,
	offset: 0xd3,
	clock: 0xd5,
	precharge: 0xd9,
	pins: 0xda,
	deselect: 0xdb,
} as const);

const initialise = Object.freeze([
	Control.commands,
	Command.off,
	...[Command.clock, 0x80],
	...[Command.multiplex, height - 1],
	...[Command.offset, 0],
	Command.startLine,
	...[Command.chargePump, 0x14],
	// Page addressing: one page is sent at a time.
	...[Command.addressing, 0x02],
	Command.segmentRemap,
	Command.scanDown,
	// The panel's rows are wired alternately.
	...[Command.pins, 0x12],
	...[Command.contrast, 0xcf],
	...[Command.precharge, 0xf1],
	...[Command.deselect, 0x40],
	Command.showMemory,
	Command.normal,
] as const);

/** Draw with `clear` and `text`; `show` brings it to the panel. */
export default class SSD1306 {
	#io: Bus | undefined;
	/** One bit a dot, 8 rows a page, as the controller holds them. */
	#picture = new Uint8Array(width * pages);
	/** A page behind its control byte. */
	#page = new Uint8Array(1 + width);
	#place = new Uint8Array(4);

	/** Clears the panel and switches it on. Throws what the bus throws when nothing answers. */
	constructor(options: Options) {
		const { io: IO, ...display } = options.display;
		const io = new IO({ hz: 400_000, address: 0x3c, ...display } as I2COptions);
		this.#io = io;
		this.#page[0] = Control.data;
		try {
			io.write(Uint8Array.from(initialise));
			this.show();
			io.write(Uint8Array.of(Control.commands, Command.on));
		} catch (error) {
			this.#io = undefined;
			io.close();
			throw error;
		}
	}

	clear(): void {
		this.#picture.fill(0);
	}

	/** Draws a line of text over what is there, its cells' upper left corner at (`x`, `y`); what lies outside is cut off. */
	text(x: number, y: number, text: string): void {
		for (const character of text) {
			const code = character.codePointAt(0)!;
			for (let column = 0; column < Cell.width; column++) this.column(x + column, y, glyphColumn(code, column));
			x += Cell.width;
		}
	}

	show(): void {
		for (let page = 0; page < pages; page++) {
			this.#place[0] = Control.commands;
			this.#place[1] = Command.page | page;
			this.#place[2] = Command.lowColumn | (firstColumn & 15);
			this.#place[3] = Command.highColumn | (firstColumn >> 4);
			this.#io!.write(this.#place);
			for (let x = 0; x < width; x++) this.#page[1 + x] = this.#picture[page * width + x]!;
			this.#io!.write(this.#page);
		}
	}

	/** Switches the panel off and lets the bus go. */
	close(): void {
		const io = this.#io;
		if (!io) return;
		this.#io = undefined;
		try {
			io.write(Uint8Array.of(Control.commands, Command.off));
		} finally {
			io.close();
		}
	}

	/** Eight dots downwards from `y`, replacing what is there. */
	private column(x: number, y: number, dots: number): void {
		if (x < 0 || x >= width) return;
		for (let row = 0; row < Cell.height; row++) {
			const line = y + row;
			if (line < 0 || line >= height) continue;
			const at = (line >> 3) * width + x;
			const bit = 1 << (line & 7);
			if (dots & (1 << row)) this.#picture[at]! |= bit;
			else this.#picture[at]! &= ~bit;
		}
	}
}
