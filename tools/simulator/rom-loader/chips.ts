/** The registers that tell the chips apart and reach their flash: ESP32 and ESP8266 Technical Reference Manuals. */

export type ChipName = "ESP32" | "ESP8266" | "ESP32-S3";

/** Of the SPI controller that the flash hangs on, relative to its base. */
interface FlashController {
	readonly base: number;
	readonly command: number;
	readonly user: number;
	readonly user1: number;
	readonly user2: number;
	readonly word0: number;
	/** Where the number of bits to read is; in `user1` from bit 8 when undefined. */
	readonly readLength: number | undefined;
}

export interface ChipModel {
	/** What READ_REG gives for words that are always the same; others are 0 until they are written. */
	readonly registers: ReadonlyMap<number, number>;
	readonly controller: FlashController;
	/** Of an answer by the ROM: status, error and, on later chips, two that are reserved. */
	readonly statusBytes: 2 | 4;
	/** Bits a second at which the ROM tells why it started; at another rate it is noise. */
	readonly logRate: number;
	/** By the ROM, in this order, when the loader starts or the firmware does. */
	readonly log: { readonly download: string; readonly flash: string };
}

/** 24:6f:28:aa:bb:cc in the ESP32's efuses, 5c:cf:7f:aa:bb:cc in the ESP8266's. */
export const chips: Readonly<Record<ChipName, ChipModel>> = {
	ESP32: {
		registers: new Map([
			[0x40001000, 0x00f01d83],
			[0x3ff5a004, 0x28aabbcc],
			[0x3ff5a008, 0x0000246f],
			// The divider of the serial clock at 115200 baud and 40 MHz.
			[0x3ff40014, 347],
		]),
		controller: { base: 0x3ff42000, command: 0, user: 0x1c, user1: 0x20, user2: 0x24, word0: 0x80, readLength: 0x2c },
		statusBytes: 4,
		logRate: 115200,
		log: {
			download:
				"ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n",
			flash: "ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n",
		},
	},
	ESP8266: {
		registers: new Map([
			[0x40001000, 0xfff0c101],
			[0x3ff00050, 0xcc000000],
			[0x3ff00054, 0x0000aabb],
			[0x3ff0005c, 0x005ccf7f],
			// Of twice the crystal's 26 MHz.
			[0x60000014, 451],
		]),
		controller: {
			base: 0x60000200,
			command: 0,
			user: 0x1c,
			user1: 0x20,
			user2: 0x24,
			word0: 0x40,
			readLength: undefined,
		},
		statusBytes: 2,
		logRate: 74880,
		log: {
			download: "\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,6)\r\n\r\n",
			flash: "\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n\r\n",
		},
	},
	"ESP32-S3": {
		registers: new Map([[0x40001000, 0x09]]),
		controller: { base: 0x60002000, command: 0, user: 0x18, user1: 0x1c, user2: 0x20, word0: 0x58, readLength: 0x28 },
		statusBytes: 4,
		logRate: 115200,
		log: {
			download:
				"ESP-ROM:esp32s3-20210327\r\nrst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n",
			flash: "ESP-ROM:esp32s3-20210327\r\nrst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n",
		},
	},
};
