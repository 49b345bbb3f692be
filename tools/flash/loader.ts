/**
 * esptool-js's loader with what the loaders in the chips' own ROM want otherwise than the program ("stub") that it
 * uploads by default: esptool's documentation, "Serial Protocol" and "Flasher Stub", and what esptool itself sends.
 */
import { ESPLoader, type Transport } from "esptool-js";
import { ESP32ROM } from "esptool-js/lib/targets/esp32.js";
import { ESP8266ROM } from "esptool-js/lib/targets/esp8266.js";
import type { LineTransport } from "./transport";

const SPI_ATTACH = 0x0d;
const SPI_SET_PARAMS = 0x0b;
const CHANGE_BAUDRATE = 0x0f;
/** Bytes that a ROM takes at once. */
const ROM_BLOCK = 0x400;
const BAUD_RATE = 115200;

/** Words at 0x40001000 of chips that boards are mistaken with. */
const otherChips: Readonly<Record<number, string>> = {
	9: "ESP32-S3",
	1990: "ESP32-S2",
	1763790959: "ESP32-C3",
	456216687: "ESP32-C3",
	1216438383: "ESP32-C3",
	1130455151: "ESP32-C3",
	752910447: "ESP32-C6",
};

export class Loader extends ESPLoader {
	constructor(transport: LineTransport) {
		super({
			// The class has private members, which only itself can have; the loader calls what the line's transport has.
			transport: transport as unknown as Transport,
			baudrate: BAUD_RATE,
			romBaudrate: BAUD_RATE,
			terminal: { clean() {}, writeLine() {}, write() {} },
		});
	}

	/**
	 * Says which chip it is by the word in ROM that differs, as esptool tells these apart. The newer question, which
	 * esptool-js asks first, is none that these two know. Gives "" for a chip that is not known here.
	 */
	async identify(): Promise<string> {
		const magic = (await this.readReg(this.CHIP_DETECT_MAGIC_REG_ADDR)) >>> 0;
		if (magic === 0x00f01d83) this.chip = new ESP32ROM();
		// 0 stands for "has none" in these, but is not taken so where the flash chip's id is read.
		else if (magic === 0xfff0c101)
			this.chip = Object.assign(new ESP8266ROM(), { SPI_MOSI_DLEN_OFFS: undefined, SPI_MISO_DLEN_OFFS: undefined });
		else return otherChips[magic] ?? "";
		return this.chip.CHIP_NAME;
	}

	/** Makes the ROM ready to write flash. */
	async attachFlash(): Promise<void> {
		this.FLASH_WRITE_SIZE = ROM_BLOCK;
		// The second word, which only a ROM takes: not the "legacy" way.
		await this.checkCommand("attach the flash", SPI_ATTACH, words(0, 0));
	}

	/** Tells the loader how much flash there is; a ROM refuses to go beyond 2 or 4 MB otherwise. */
	async setFlashSize(bytes: number): Promise<void> {
		await this.checkCommand("set the flash's size", SPI_SET_PARAMS, words(0, bytes, 0x10000, 0x1000, 0x100, 0xffff));
	}

	/** Bytes of the flash chip by its own word; undefined when it gives none. */
	async flashSize(): Promise<number | undefined> {
		const size = (await this.readFlashId()) >> 16;
		// The exponent of two; some makers' larger chips go on from 0x20.
		const exponent = size & 0xff;
		return exponent >= 0x12 && exponent <= 0x1c ? 2 ** exponent : undefined;
	}

	/** Throws when the chip does not follow. */
	async raiseBaudRate(baudRate: number): Promise<void> {
		await this.command(CHANGE_BAUDRATE, words(baudRate, this.IS_STUB ? BAUD_RATE : 0));
		await this.transport.changeBaudrate(baudRate);
		await this.transport.drainInput();
		await this.readReg(this.CHIP_DETECT_MAGIC_REG_ADDR, 1000);
	}

	/** Erases all of it. */
	async eraseChip(bytes: number): Promise<void> {
		if (this.IS_STUB) await this.eraseFlash();
		else await this.flashBegin(bytes, 0);
	}

	/** The ROMs of both chips take four words, not the five of later chips. */
	override async flashBegin(size: number, offset: number): Promise<number> {
		if (this.IS_STUB) return super.flashBegin(size, offset);
		const blocks = Math.ceil(size / this.FLASH_WRITE_SIZE);
		await this.checkCommand(
			"erase",
			this.ESP_FLASH_BEGIN,
			words(size, blocks, this.FLASH_WRITE_SIZE, offset),
			undefined,
			undefined,
			this.timeoutPerMb(this.ERASE_REGION_TIMEOUT_PER_MB, size),
		);
		return blocks;
	}

	/** In hexadecimal, which is how the ROM answers already. */
	override async flashMd5sum(address: number, size: number): Promise<string> {
		if (this.IS_STUB) return super.flashMd5sum(address, size);
		const digits = await this.checkCommand(
			"check",
			this.ESP_SPI_FLASH_MD5,
			words(address, size, 0, 0),
			undefined,
			32,
			this.timeoutPerMb(this.MD5_TIMEOUT_PER_MB, size),
		);
		return Buffer.from(digits as Uint8Array)
			.toString("latin1")
			.toLowerCase();
	}
}

function words(...values: number[]): Uint8Array {
	return new Uint8Array(Uint32Array.from(values).buffer);
}
