/**
 * Pins of the NodeMCU (ESP8266, ESP-12E). The names printed on the board are D numbers: D1 is GPIO 5, D2 is GPIO 4.
 * Source: the NodeMCU development kit's schematic, V1.0.
 */

import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import SMBus from "embedded:io/smbus";

const device = {
	/** The sensor's SDA at D1, its SCL at D2. The bus is made by software, with the module's pull-ups. */
	I2C: { default: { io: I2C, data: 5, clock: 4 } },
	/** UART 0, which the board's USB converter is at. */
	Serial: { default: { transmit: 1, receive: 3 } },
	io: { Digital, I2C, SMBus },
	pin: {
		/** FLASH. Low while held; held while the chip starts, its ROM waits for a flasher. */
		button: 0,
		/** Low lights it. */
		led: 2,
	},
};

export default Object.freeze(device, true);
