import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import SMBus from "embedded:io/smbus";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import SPI from "embedded:io/spi";

/** What `globalThis.device` is: the simulated board's pins, named as the real boards' are. */
const device = Object.freeze({
	I2C: Object.freeze({ default: Object.freeze({ io: I2C, data: 4, clock: 5 }) }),
	SPI: Object.freeze({ default: Object.freeze({ io: SPI, clock: 18, in: 19, out: 23 }) }),
	io: Object.freeze({ Digital, I2C, SMBus, SPI }),
	network: Object.freeze({ socket: Object.freeze({ TCP, UDP, Listener }) }),
	pin: Object.freeze({ button: 0, led: 25 }),
});

export default device;
