import type { ChipContext, I2CChip, SPIChip } from "../chip";
import { MPU6050 } from "./mpu6050";
import { ChipOptionError, checkNames } from "./options";
import { SSD1306 } from "./ssd1306";

/** A chip's own options, from the scenario; each chip checks its own. */
export type ChipOptions = Readonly<Record<string, unknown>>;

/** Makes the chip of that name; throws `ChipOptionError` for a name or an option that it does not know. */
export function createChip(chip: string, options: ChipOptions, context: ChipContext): I2CChip | SPIChip {
	switch (chip) {
		case "mpu6050":
			return new MPU6050(options, context);
		case "ssd1306":
			checkNames(options, []);
			return new SSD1306();
		default:
			throw new ChipOptionError(`no chip is called ${chip}`);
	}
}
