import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import SSD1306 from "drivers/ssd1306";
import { Panel } from "gateway/status-display";
import Timer from "timer";

/** Milliseconds until the panel's supply stands behind its transistor; the reset needs 3 µs of it (SSD1306, 8.9). */
const settleTime = 10;

/** Gives the board's panel its supply, lets it out of reset, and opens it. Throws what the bus throws when nothing answers. */
function openDisplay(): SSD1306 {
	// Both pins stay driven, for as long as the panel is to show something.
	new Digital({ pin: device.pin.power!, mode: Digital.Output }).write(0);
	const reset = new Digital({ pin: device.pin.displayReset!, mode: Digital.Output });
	reset.write(0);
	Timer.delay(settleTime);
	reset.write(1);
	return new SSD1306({ display: { ...device.I2C.default, io: I2C } });
}

/** Undefined, after a line that says so, when no panel answers: nothing else depends on it. */
export function openPanel(): Panel | undefined {
	try {
		return new Panel(openDisplay());
	} catch (error) {
		trace(`no panel: ${(error as Error).message}\n`);
	}
}
