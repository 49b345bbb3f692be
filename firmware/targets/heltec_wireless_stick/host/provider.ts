/**
 * Pins of the Heltec Wireless Stick V2 (ESP32, SX1276, SSD1306 with a panel of 64×32). Sources: Heltec's pin map and schematic,
 * and arduino-esp32's variants/heltec_wireless_stick.
 */

import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import SMBus from "embedded:io/smbus";

const device = {
	/** The panel's bus; what is soldered to the board has its pull-ups. */
	I2C: { default: { io: I2C, data: 4, clock: 15 } },
	/** The radio's bus. */
	SPI: { default: { clock: 5, in: 19, out: 27, port: 1 } },
	io: { Digital, I2C, SMBus },
	pin: {
		/** Low while held. Also what the chip looks at when it starts: held then, its ROM waits for a flasher. */
		button: 0,
		led: 25,
		/** Low feeds the panel, the connector Vext and the battery's divider. */
		power: 21,
		displayReset: 16,
		radioSelect: 18,
		radioReset: 14,
		radioDIO0: 26,
		/** 34 to 39 are inputs without pull-ups. */
		radioDIO1: 35,
		radioDIO2: 34,
		/** ADC1 channel 1: the battery through 220 kΩ over 100 kΩ, while `power` is low. */
		battery: 37,
	},
};

export default Object.freeze(device, true);
