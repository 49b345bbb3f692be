/**
 * InvenSense MPU-6050, six-axis motion sensor, read through its FIFO.
 * Registers: "MPU-6000 and MPU-6050 Register Map and Descriptions", revision 4.2; section numbers below are its.
 */

import type I2C from "embedded:io/i2c";

type I2COptions = ConstructorParameters<typeof I2C>[0];

/** The part of ECMA-419 I2C that the driver uses. */
export interface Bus {
	write(bytes: Uint8Array): unknown;
	read(into: Uint8Array): unknown;
	close(): void;
}

export interface Options {
	sensor: Omit<I2COptions, "address" | "hz"> & {
		io: new (options: I2COptions) => Bus;
		/** 0x68, or 0x69 with pin AD0 high. */
		address?: number;
		hz?: number;
	};
}

export interface Configuration {
	/** Samples a second, 4 to 1000. */
	rate: number;
	/** Full scale of the accelerometer, ± g. */
	accelerometer: 2 | 4 | 8 | 16;
	/** Full scale of the gyroscope, ± °/s. */
	gyroscope: 250 | 500 | 1000 | 2000;
}

/** What answers at the address is not an MPU-6050. */
export class WrongChip extends Error {}

const Register = Object.freeze({
	SMPLRT_DIV: 0x19,
	CONFIG: 0x1a,
	GYRO_CONFIG: 0x1b,
	ACCEL_CONFIG: 0x1c,
	FIFO_EN: 0x23,
	INT_ENABLE: 0x38,
	USER_CTRL: 0x6a,
	PWR_MGMT_1: 0x6b,
	FIFO_COUNT_H: 0x72,
	FIFO_R_W: 0x74,
	WHO_AM_I: 0x75,
} as const);

const identity = 0x68;
/** CLKSEL 1, the gyroscope's oscillator, which 4.28 recommends over the internal one; not asleep. */
const awake = 0x01;
const asleep = 0x40;
/** FIFO_EN 4.7: all three gyroscope axes and the accelerometer. */
const motionInFIFO = 0x78;
const userControl = Object.freeze({ enableFIFO: 0x40, resetFIFO: 0x04 } as const);

/** Bytes of one sample in the FIFO: three axes of the accelerometer, three of the gyroscope. */
const frame = 12;
const fifoLength = 1024;
/** More than this cannot be whole frames: bytes were overwritten and the frames no longer line up. */
const fullFIFO = fifoLength - (fifoLength % frame);

const values = 6;
/** Frames in one burst, largest first: few bus transactions without a new view for each length. */
const bursts = Object.freeze([8, 4, 2, 1] as const);

/** Bandwidth in Hz of the low-pass filter settings 1 to 6 (4.3). */
const bandwidths = Object.freeze([184, 94, 44, 21, 10, 5] as const);
const filterOff = 0;

/** Divider and filter setting that come closest to `rate`, and the rate that they give. */
export function planRate(rate: number): { divider: number; filter: number; rate: number } {
	// Without the filter the divider counts at 8 kHz and hits more rates: 8000 / 67 = 119.4 Hz is the nearest to 119,
	// where the filtered 1 kHz has only 125 or 111. The right rate is worth more to a model than the filter: a window must
	// last as long as those it was trained on. Where both come equally close the filter stays on, against aliasing.
	const filtered = divide(1000, rate);
	const direct = divide(8000, rate);
	if (Math.abs(direct.rate - rate) < Math.abs(filtered.rate - rate)) return { ...direct, filter: filterOff };
	let filter = 1;
	while (filter < bandwidths.length && bandwidths[filter - 1]! > filtered.rate / 2) filter++;
	return { ...filtered, filter };
}

/** The divider, 1 to 256, whose rate is nearest. */
function divide(clock: number, rate: number): { divider: number; rate: number } {
	const low = Math.min(256, Math.max(1, Math.floor(clock / rate)));
	const high = Math.min(256, low + 1);
	const divider = clock / low - rate < rate - clock / high ? low : high;
	return { divider, rate: clock / divider };
}

/** Drained by polling at least every 85 samples, which is what the 1024-byte FIFO holds. */
export default class MPU6050 {
	#io: Bus | undefined;
	/** Register number and value, for writes of one register. */
	#command = new Uint8Array(2);
	#pointer = new Uint8Array(1);
	#word = new Uint8Array(2);
	#bursts: readonly Uint8Array[];
	#overflows = 0;

	/** Throws `WrongChip` when WHO_AM_I says so, and what the bus throws when nothing answers. */
	constructor(options: Options) {
		const { io: IO, ...sensor } = options.sensor;
		this.#bursts = bursts.map((frames) => new Uint8Array(frames * frame));
		const bus = new IO({ hz: 400_000, address: 0x68, ...sensor } as I2COptions);
		this.#io = bus;
		try {
			const id = this.#word.subarray(0, 1);
			this.readRegisters(Register.WHO_AM_I, id);
			if (identity !== id[0]) throw new WrongChip(`WHO_AM_I is ${id[0]}`);
		} catch (error) {
			// Not by close(), which would write to a chip that is another.
			this.#io = undefined;
			bus.close();
			throw error;
		}
	}

	/**
	 * Starts sampling into an empty FIFO. Gives the true rate in samples a second.
	 * Every register that matters is written, so the 100 ms of a device reset are not needed.
	 */
	configure(configuration: Configuration): number {
		const plan = planRate(configuration.rate);
		// The rate comes first: awake with the registers' initial values the sensor would sample at 8 kHz.
		this.writeRegister(Register.CONFIG, plan.filter);
		this.writeRegister(Register.SMPLRT_DIV, plan.divider - 1);
		this.writeRegister(Register.PWR_MGMT_1, awake);
		this.writeRegister(Register.INT_ENABLE, 0);
		this.writeRegister(Register.FIFO_EN, 0);
		this.writeRegister(Register.GYRO_CONFIG, Math.log2(configuration.gyroscope / 250) << 3);
		this.writeRegister(Register.ACCEL_CONFIG, Math.log2(configuration.accelerometer / 2) << 3);
		this.resetFIFO();
		this.writeRegister(Register.FIFO_EN, motionInFIFO);
		return plan.rate;
	}

	/**
	 * Moves samples from the FIFO to `into`, six counts each in the order aX, aY, aZ, gX, gY, gZ, as many as there are or
	 * fit. Gives their number. After an overflow it gives 0, and sampling goes on from an empty FIFO.
	 */
	read(into: Int16Array): number {
		this.readRegisters(Register.FIFO_COUNT_H, this.#word);
		const count = (this.#word[0]! << 8) | this.#word[1]!;
		if (count > fullFIFO) {
			this.#overflows++;
			this.resetFIFO();
			return 0;
		}
		const frames = Math.min(Math.floor(count / frame), Math.floor(into.length / values));
		let done = 0;
		for (const bytes of this.#bursts) {
			const length = bytes.length / frame;
			while (frames - done >= length) {
				this.readRegisters(Register.FIFO_R_W, bytes);
				let at = done * values;
				for (let i = 0; i < bytes.length; i += 2) into[at++] = (bytes[i]! << 8) | bytes[i + 1]!;
				done += length;
			}
		}
		return frames;
	}

	/** How often samples were lost because `read` came too late. */
	get overflows(): number {
		return this.#overflows;
	}

	/** Puts the sensor to sleep and lets the bus go. */
	close(): void {
		const io = this.#io;
		if (!io) return;
		try {
			this.writeRegister(Register.PWR_MGMT_1, asleep);
		} finally {
			this.#io = undefined;
			io.close();
		}
	}

	/** The reset acts only while the FIFO is disabled (4.27). */
	private resetFIFO(): void {
		this.writeRegister(Register.USER_CTRL, userControl.resetFIFO);
		this.writeRegister(Register.USER_CTRL, userControl.enableFIFO);
	}

	private writeRegister(register: number, value: number): void {
		this.#command[0] = register;
		this.#command[1] = value;
		this.#io!.write(this.#command);
	}

	private readRegisters(first: number, into: Uint8Array): void {
		this.#pointer[0] = first;
		this.#io!.write(this.#pointer);
		this.#io!.read(into);
	}
}
