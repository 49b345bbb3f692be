/**
 * Solomon Systech SSD1306 at command level (datasheet, revision 1.1, section 9), behind it the 64×32 panel of the Heltec
 * Wireless Stick: columns 32 to 95, mounted so that it reads upright with segment remap and the downward scan.
 * Left out: scrolling, whose commands are read over, and the analogue settings, which show nothing.
 */

import { type I2CChip, NotAcknowledged } from "../chip";
import { toBase64 } from "./base64";
import { png } from "./png";

const columns = 128;
const pages = 8;
const panel = Object.freeze({ width: 64, height: 32, firstColumn: 32 } as const);

/** Control byte (8.1.5.2): another control byte follows the next one; what follows is data. */
const Control = Object.freeze({ continuation: 0x80, data: 0x40 } as const);

const Addressing = Object.freeze({ horizontal: 0, vertical: 1, page: 2 } as const);

/** Bytes that follow a command; commands that are not here have none. */
function parameters(command: number): number {
	switch (command) {
		case 0x20: // addressing mode
		case 0x81: // contrast
		case 0x8d: // charge pump
		case 0xa8: // multiplex ratio
		case 0xd3: // display offset
		case 0xd5: // clock
		case 0xd9: // pre-charge
		case 0xda: // COM pins
		case 0xdb: // deselect level
			return 1;
		case 0x21: // column range
		case 0x22: // page range
		case 0xa3: // vertical scroll area
			return 2;
		case 0x29: // vertical and horizontal scroll
		case 0x2a:
			return 5;
		case 0x26: // horizontal scroll
		case 0x27:
			return 6;
		default:
			return 0;
	}
}

export class SSD1306 implements I2CChip {
	#memory = new Uint8Array(columns * pages);
	/** A command whose parameters are still coming, and those. */
	#pending: number[] = [];
	#addressing: number = Addressing.page;
	#column = 0;
	#firstColumn = 0;
	#lastColumn = columns - 1;
	#page = 0;
	#firstPage = 0;
	#lastPage = pages - 1;
	#startLine = 0;
	#offset = 0;
	#rows = 64;
	#contrast = 0x7f;
	#remapped = false;
	#scanDown = false;
	#inverse = false;
	#allOn = false;
	#on = false;
	#charged = false;

	write(bytes: Uint8Array): void {
		let at = 0;
		while (at < bytes.length) {
			const control = bytes[at++]!;
			const end = control & Control.continuation ? Math.min(at + 1, bytes.length) : bytes.length;
			for (; at < end; at++) {
				if (control & Control.data) this.#data(bytes[at]!);
				else this.#command(bytes[at]!);
			}
		}
	}

	/** The status register: bit 6 is set while the display is off. */
	read(count: number): Uint8Array {
		return new Uint8Array(count).fill(this.#on ? 0 : 0x40);
	}

	/**
	 * What one sees on the panel. `{"do": "picture"}` gives `{width, height, contrast, png}`, the PNG in base64;
	 * `{"do": "rows"}` gives a text for each row, with `#` where a dot is lit and a space where none is.
	 */
	request(request: Readonly<Record<string, unknown>>): unknown {
		const { width, height } = panel;
		const dots = (x: number, y: number) => this.lit(x, y);
		switch (request.do) {
			case "picture":
				return { width, height, contrast: this.#contrast, png: toBase64(png(width, height, dots)) };
			case "rows":
				return Array.from({ length: height }, (_, y) =>
					Array.from({ length: width }, (_, x) => (dots(x, y) ? "#" : " ")).join(""),
				);
			default:
				throw new NotAcknowledged(`SSD1306 is not asked for ${request.do}`);
		}
	}

	/** Whether the dot of the panel is lit, (0, 0) upper left. The panel has no supply of its own but the charge pump. */
	lit(x: number, y: number): boolean {
		if (!this.#on || !this.#charged) return false;
		// The panel hangs upside down: its left edge is segment 95 and its upper edge the last row.
		const segment = panel.firstColumn + panel.width - 1 - x;
		const common = panel.height - 1 - y;
		if (common >= this.#rows) return false;
		const column = this.#remapped ? columns - 1 - segment : segment;
		const scanned = this.#scanDown ? this.#rows - 1 - common : common;
		const row = (scanned + this.#offset + this.#startLine) % 64;
		const dot = this.#allOn || 0 !== (this.#memory[(row >> 3) * columns + column]! & (1 << (row & 7)));
		return dot !== this.#inverse;
	}

	#data(value: number): void {
		this.#memory[this.#page * columns + this.#column] = value;
		if (Addressing.page === this.#addressing) {
			this.#column = (this.#column + 1) % columns;
		} else if (Addressing.horizontal === this.#addressing) {
			if (this.#nextColumn()) this.#nextPage();
		} else if (this.#nextPage()) this.#nextColumn();
	}

	/** Goes on within the range; true when it began anew. */
	#nextColumn(): boolean {
		const wrapped = this.#column === this.#lastColumn;
		this.#column = wrapped ? this.#firstColumn : (this.#column + 1) % columns;
		return wrapped;
	}

	#nextPage(): boolean {
		const wrapped = this.#page === this.#lastPage;
		this.#page = wrapped ? this.#firstPage : (this.#page + 1) % pages;
		return wrapped;
	}

	#command(byte: number): void {
		this.#pending.push(byte);
		const [command, first, second] = this.#pending as [number, number, number];
		if (this.#pending.length <= parameters(command)) return;
		this.#pending = [];
		if (command < 0x10) this.#column = (this.#column & 0x70) | command;
		else if (command < 0x20) this.#column = (this.#column & 0x0f) | ((command & 7) << 4);
		else if (command >= 0x40 && command < 0x80) this.#startLine = command & 63;
		else if (command >= 0xb0 && command < 0xb8) this.#page = command & 7;
		else this.#set(command, first, second);
	}

	#set(command: number, first: number, second: number): void {
		switch (command) {
			case 0x20:
				this.#addressing = first & 3;
				break;
			case 0x21:
				this.#column = this.#firstColumn = first & 127;
				this.#lastColumn = second & 127;
				break;
			case 0x22:
				this.#page = this.#firstPage = first & 7;
				this.#lastPage = second & 7;
				break;
			case 0x81:
				this.#contrast = first;
				break;
			case 0x8d:
				this.#charged = 0 !== (first & 0x04);
				break;
			case 0xa0:
			case 0xa1:
				this.#remapped = 0xa1 === command;
				break;
			case 0xa4:
			case 0xa5:
				this.#allOn = 0xa5 === command;
				break;
			case 0xa6:
			case 0xa7:
				this.#inverse = 0xa7 === command;
				break;
			case 0xa8:
				this.#rows = (first & 63) + 1;
				break;
			case 0xae:
			case 0xaf:
				this.#on = 0xaf === command;
				break;
			case 0xc0:
			case 0xc8:
				this.#scanDown = 0xc8 === command;
				break;
			case 0xd3:
				this.#offset = first & 63;
				break;
		}
	}
}
