/**
 * InvenSense MPU-6050 at register level, from "MPU-6000 and MPU-6050 Register Map and Descriptions", revision 4.2, and
 * the product specification, revision 3.4. Section numbers below are the register map's. Left out: the auxiliary I2C
 * bus, the external clocks, self-test, cycle mode and free-fall detection; their registers hold what is written.
 */

import { type ChipContext, type I2CChip, NotAcknowledged } from "../chip";
import { createMotion } from "./motion";
import type { MotionSource } from "./motion/source";
import { checkNames, numberOption } from "./options";

const Register = Object.freeze({
	SMPLRT_DIV: 0x19,
	CONFIG: 0x1a,
	GYRO_CONFIG: 0x1b,
	ACCEL_CONFIG: 0x1c,
	MOT_THR: 0x1f,
	MOT_DUR: 0x20,
	FIFO_EN: 0x23,
	INT_PIN_CFG: 0x37,
	INT_ENABLE: 0x38,
	INT_STATUS: 0x3a,
	ACCEL_XOUT_H: 0x3b,
	GYRO_ZOUT_L: 0x48,
	SIGNAL_PATH_RESET: 0x68,
	USER_CTRL: 0x6a,
	PWR_MGMT_1: 0x6b,
	FIFO_COUNT_H: 0x72,
	FIFO_COUNT_L: 0x73,
	FIFO_R_W: 0x74,
	WHO_AM_I: 0x75,
} as const);

const Interrupt = Object.freeze({ motion: 0x40, overflow: 0x10, ready: 0x01 } as const);
const PinConfiguration = Object.freeze({ activeLow: 0x80, latch: 0x20, clearOnAnyRead: 0x10 } as const);
const UserControl = Object.freeze({ enableFIFO: 0x40, resetFIFO: 0x04, resetSignals: 0x01 } as const);
const Power = Object.freeze({ reset: 0x80, sleep: 0x40 } as const);

const fifoLength = 1024;

/** Samples of a continuous motion that are made up at most; more than the FIFO holds. */
const longestBacklog = 256;

/** Counts per °/s for FS_SEL 0 to 3 (4.19). */
const gyroscopeSensitivity = Object.freeze([131, 65.5, 32.8, 16.4] as const);

/** Bandwidth of the accelerometer and of the gyroscope in Hz for DLPF_CFG 0 to 6 (4.3); 7 is reserved and taken as 0. */
const bandwidths = Object.freeze([
	[260, 256],
	[184, 188],
	[94, 98],
	[44, 42],
	[21, 20],
	[10, 10],
	[5, 5],
	[260, 256],
] as const);

/** ACCEL_HPF in ACCEL_CONFIG: cut-off in Hz of the filter ahead of motion detection. */
const cutoffs = Object.freeze([undefined, 5, 2.5, 1.25, 0.63] as const);
const holdFilter = 7;

/** 4.11: g for each count of MOT_THR (2 mg). */
const thresholdUnit = 0.002;

/**
 * Samples are made when somebody looks, up to the time then, so an idle chip costs nothing. Only while an interrupt is
 * enabled and the INT pin is wired does a timer look at every sample.
 *
 * Options: `motion`, see `createMotion`; `interrupt`, the pin that INT is wired to; `temperature` in °C (default 25).
 */
export class MPU6050 implements I2CChip {
	#context: ChipContext;
	#motion: MotionSource;
	#pin: number | undefined;
	#temperature: number;
	#registers = new Uint8Array(128);
	/** Where the next read or write goes. */
	#address = 0;
	/** When the next sample is due. */
	#due = 0;
	#fifo = new Uint8Array(fifoLength);
	#start = 0;
	#count = 0;
	#lastRead = 0xff;
	#byte = new Uint8Array(1);
	/** The low byte of the count that was there when the high byte was read. */
	#countLow = 0;
	/** Motion as the low-pass filter lets it through; not there before the first sample. */
	#filtered: Float64Array | undefined;
	/** How much of a step the low-pass filter lets through in one sample. */
	#accelerometerShare = 1;
	#gyroscopeShare = 1;
	/** The low-pass part that the high-pass filter of motion detection takes away. */
	#held = new Float64Array(3);
	#moving = 0;
	#cancel: (() => void) | undefined;

	constructor(options: Readonly<Record<string, unknown>>, context: ChipContext) {
		checkNames(options, ["motion", "interrupt", "temperature"]);
		this.#context = context;
		this.#motion = createMotion(options.motion, context);
		this.#pin = options.interrupt === undefined ? undefined : numberOption(options, "interrupt", 0, 0, 39);
		this.#temperature = numberOption(options, "temperature", 25, -40, 85);
		this.#reset();
	}

	write(bytes: Uint8Array): void {
		if (0 === bytes.length) return;
		this.#advance();
		this.#address = bytes[0]!;
		for (let i = 1; i < bytes.length; i++) {
			this.#writeRegister(this.#address, bytes[i]!);
			this.#step();
		}
		this.#watch();
	}

	read(count: number): Uint8Array {
		this.#advance();
		const bytes = new Uint8Array(count);
		if (this.#address === Register.FIFO_R_W) this.#readFIFO(bytes);
		else {
			for (let i = 0; i < count; i++) {
				bytes[i] = this.#readRegister(this.#address);
				this.#step();
			}
		}
		if (this.#registers[Register.INT_PIN_CFG]! & PinConfiguration.clearOnAnyRead) this.#clearInterrupts();
		return bytes;
	}

	/** `{"do": "status"}` tells how far the motion has come. */
	request(request: Readonly<Record<string, unknown>>): unknown {
		if ("status" !== request.do) throw new NotAcknowledged(`MPU-6050 is not asked for ${request.do}`);
		this.#advance();
		return this.#motion.status();
	}

	close(): void {
		this.#cancel?.();
		this.#cancel = undefined;
	}

	#reset(): void {
		this.#registers.fill(0);
		this.#registers[Register.PWR_MGMT_1] = Power.sleep;
		this.#registers[Register.WHO_AM_I] = 0x68;
		this.#clearFIFO();
		this.#restart();
	}

	/** Sampling begins anew, a period from now. */
	#restart(): void {
		this.#filtered = undefined;
		this.#moving = 0;
		const period = this.#period;
		const [accelerometer, gyroscope] = bandwidths[this.#registers[Register.CONFIG]! & 7]!;
		this.#accelerometerShare = smoothing(accelerometer, period);
		this.#gyroscopeShare = smoothing(gyroscope, period);
		this.#due = this.#context.now() + period;
	}

	/** The address goes on by itself, but for FIFO_R_W, through which bursts go. */
	#step(): void {
		if (this.#address !== Register.FIFO_R_W) this.#address = (this.#address + 1) & 0x7f;
	}

	#writeRegister(address: number, value: number): void {
		const registers = this.#registers;
		switch (address) {
			case Register.PWR_MGMT_1:
				if (value & Power.reset) this.#reset();
				else {
					const woken = registers[address]! & ~value & Power.sleep;
					registers[address] = value;
					if (woken) this.#restart();
				}
				break;
			case Register.CONFIG:
			case Register.SMPLRT_DIV:
				if (registers[address] === value) break;
				registers[address] = value;
				this.#restart();
				break;
			case Register.ACCEL_CONFIG:
				registers[address] = value;
				if (holdFilter === (value & 7)) this.#hold();
				break;
			case Register.INT_ENABLE:
				// Motion is only looked for while somebody waits for it.
				if (value & ~registers[address]! & Interrupt.motion) this.#hold();
				registers[address] = value;
				break;
			case Register.USER_CTRL:
				// 4.27: the FIFO is reset only while it is disabled; the reset bits clear themselves.
				if (value & UserControl.resetFIFO && !(value & UserControl.enableFIFO)) this.#clearFIFO();
				if (value & UserControl.resetSignals) {
					registers.fill(0, Register.ACCEL_XOUT_H, Register.GYRO_ZOUT_L + 1);
					this.#filtered = undefined;
				}
				registers[address] = value & 0xf0;
				break;
			case Register.SIGNAL_PATH_RESET:
				if (value & 7) this.#filtered = undefined;
				break;
			case Register.INT_PIN_CFG:
				registers[address] = value;
				this.#drive(false);
				break;
			case Register.FIFO_R_W:
				this.#push(value);
				break;
			case Register.INT_STATUS:
			case Register.FIFO_COUNT_H:
			case Register.FIFO_COUNT_L:
			case Register.WHO_AM_I:
				break;
			default:
				if (address >= Register.ACCEL_XOUT_H && address <= Register.GYRO_ZOUT_L) break;
				registers[address & 0x7f] = value;
		}
	}

	#readRegister(address: number): number {
		switch (address) {
			case Register.INT_STATUS: {
				const status = this.#registers[address]!;
				this.#clearInterrupts();
				return status;
			}
			case Register.FIFO_COUNT_H:
				this.#countLow = this.#count & 0xff;
				return this.#count >> 8;
			case Register.FIFO_COUNT_L:
				return this.#countLow;
			case Register.FIFO_R_W:
				this.#readFIFO(this.#byte);
				return this.#byte[0]!;
			default:
				return this.#registers[address & 0x7f]!;
		}
	}

	/** 4.31: an empty FIFO gives the last byte once more. In locals, as samples go this way byte by byte. */
	#readFIFO(bytes: Uint8Array): void {
		const fifo = this.#fifo;
		const count = Math.min(bytes.length, this.#count);
		let start = this.#start;
		for (let i = 0; i < count; i++) {
			bytes[i] = fifo[start]!;
			start = (start + 1) % fifoLength;
		}
		if (count > 0) this.#lastRead = bytes[count - 1]!;
		if (count < bytes.length) bytes.fill(this.#lastRead, count);
		this.#start = start;
		this.#count -= count;
	}

	/** Milliseconds from one sample to the next (4.2): the gyroscope's 8 kHz without the filter, 1 kHz with it, divided. */
	get #period(): number {
		const filter = this.#registers[Register.CONFIG]! & 7;
		const clock = 0 === filter || 7 === filter ? 8 : 1;
		return (1 + this.#registers[Register.SMPLRT_DIV]!) / clock;
	}

	/** Makes the samples that are due by now. */
	#advance(): void {
		if (this.#registers[Register.PWR_MGMT_1]! & Power.sleep) return;
		const now = this.#context.now();
		const period = this.#period;
		// Of a motion that nobody looked at for long only the end is made, or making it could take longer than it lasts.
		if (this.#motion.continuous) this.#due = Math.max(this.#due, now - longestBacklog * period);
		while (this.#due <= now) {
			if (this.#motion.waits && this.#count + this.#frameLength > fifoLength) {
				this.#due = now + period;
				return;
			}
			this.#due += period;
			this.#sample(period);
		}
	}

	#sample(period: number): void {
		const registers = this.#registers;
		const motion = this.#filter(this.#motion.next(1000 / period));
		const accelerometer = 16384 >> ((registers[Register.ACCEL_CONFIG]! >> 3) & 3);
		const gyroscope = gyroscopeSensitivity[(registers[Register.GYRO_CONFIG]! >> 3) & 3]!;
		let address: number = Register.ACCEL_XOUT_H;
		for (let axis = 0; axis < 3; axis++, address += 2) output(registers, address, motion[axis]! * accelerometer);
		// 4.18: °C = counts / 340 + 36.53.
		output(registers, address, (this.#temperature - 36.53) * 340);
		address += 2;
		for (let axis = 3; axis < 6; axis++, address += 2) output(registers, address, motion[axis]! * gyroscope);

		if (registers[Register.USER_CTRL]! & UserControl.enableFIFO) this.#fillFIFO();
		const enabled = registers[Register.INT_ENABLE]!;
		if (enabled & Interrupt.motion && this.#detectMotion(motion, period)) this.#interrupt(Interrupt.motion);
		if (enabled & Interrupt.ready) this.#interrupt(Interrupt.ready);
	}

	/** First order, which is gentler than the chip's own low-pass filter but has its bandwidth. */
	#filter(motion: ArrayLike<number>): ArrayLike<number> {
		if (!this.#motion.continuous) return motion;
		if (!this.#filtered) {
			this.#filtered = Float64Array.from(motion);
			return this.#filtered;
		}
		const filtered = this.#filtered;
		const accelerometer = this.#accelerometerShare;
		const gyroscope = this.#gyroscopeShare;
		for (let i = 0; i < 3; i++) filtered[i]! += accelerometer * (motion[i]! - filtered[i]!);
		for (let i = 3; i < 6; i++) filtered[i]! += gyroscope * (motion[i]! - filtered[i]!);
		return this.#filtered;
	}

	/** 4.11, 4.12: an axis stays above the threshold, in absolute value after the high-pass filter, for MOT_DUR ms. */
	#detectMotion(motion: ArrayLike<number>, period: number): boolean {
		const setting = this.#registers[Register.ACCEL_CONFIG]! & 7;
		const threshold = this.#registers[Register.MOT_THR]! * thresholdUnit;
		const cutoff = cutoffs[setting];
		let above = false;
		for (let axis = 0; axis < 3; axis++) {
			// Setting 0 keeps the filter's output settled at zero.
			if (0 === setting) this.#held[axis] = motion[axis]!;
			else if (cutoff !== undefined)
				this.#held[axis]! += smoothing(cutoff, period) * (motion[axis]! - this.#held[axis]!);
			if (Math.abs(motion[axis]! - this.#held[axis]!) > threshold) above = true;
		}
		if (!above) {
			this.#moving = 0;
			return false;
		}
		const before = this.#moving;
		const duration = Math.max(1, this.#registers[Register.MOT_DUR]!);
		this.#moving += period;
		return before < duration && this.#moving >= duration;
	}

	/** Bytes that a sample puts into the FIFO. */
	get #frameLength(): number {
		const enabled = this.#registers[Register.FIFO_EN]!;
		let length = enabled & 0x08 ? 6 : 0;
		for (let bit = 0x10; bit <= 0x80; bit <<= 1) if (enabled & bit) length += 2;
		return this.#registers[Register.USER_CTRL]! & UserControl.enableFIFO ? length : 0;
	}

	/** Motion is measured from the acceleration that there is now. */
	#hold(): void {
		const registers = this.#registers;
		const view = new DataView(registers.buffer, Register.ACCEL_XOUT_H, 6);
		const sensitivity = 16384 >> ((registers[Register.ACCEL_CONFIG]! >> 3) & 3);
		for (let axis = 0; axis < 3; axis++) this.#held[axis] = view.getInt16(2 * axis) / sensitivity;
	}

	/** FIFO_EN (4.7) chooses what goes in, in the order of the registers. */
	#fillFIFO(): void {
		const enabled = this.#registers[Register.FIFO_EN]!;
		const first = Register.ACCEL_XOUT_H;
		if (enabled & 0x08) this.#pushRegisters(first, 6);
		if (enabled & 0x80) this.#pushRegisters(first + 6, 2);
		for (let axis = 0; axis < 3; axis++) if (enabled & (0x40 >> axis)) this.#pushRegisters(first + 8 + 2 * axis, 2);
	}

	#pushRegisters(first: number, length: number): void {
		const registers = this.#registers;
		const fifo = this.#fifo;
		let end = this.#start + this.#count;
		for (let i = 0; i < length; i++) fifo[end++ % fifoLength] = registers[first + i]!;
		this.#grow(length);
	}

	#push(value: number): void {
		this.#fifo[(this.#start + this.#count) % fifoLength] = value;
		this.#grow(1);
	}

	/** So many bytes were put behind the last. 4.31: the oldest give way. */
	#grow(length: number): void {
		const excess = Math.max(0, this.#count + length - fifoLength);
		this.#count += length - excess;
		if (0 === excess) return;
		this.#start = (this.#start + excess) % fifoLength;
		this.#interrupt(Interrupt.overflow);
	}

	#clearFIFO(): void {
		this.#start = 0;
		this.#count = 0;
	}

	/** A status bit is set, and the pin driven, only for an interrupt that is enabled (4.15). */
	#interrupt(bit: number): void {
		if (!(this.#registers[Register.INT_ENABLE]! & bit)) return;
		this.#registers[Register.INT_STATUS]! |= bit;
		this.#drive(true);
		// Without the latch the pin gives a pulse of 50 µs, too short to be seen but by its edges.
		if (!(this.#registers[Register.INT_PIN_CFG]! & PinConfiguration.latch)) this.#drive(false);
	}

	#clearInterrupts(): void {
		if (0 === this.#registers[Register.INT_STATUS]) return;
		this.#registers[Register.INT_STATUS] = 0;
		if (this.#registers[Register.INT_PIN_CFG]! & PinConfiguration.latch) this.#drive(false);
	}

	#drive(active: boolean): void {
		if (this.#pin === undefined) return;
		const inverted = 0 !== (this.#registers[Register.INT_PIN_CFG]! & PinConfiguration.activeLow);
		this.#context.setPin(this.#pin, active === inverted ? 0 : 1);
	}

	/** Keeps a timer on the next sample while an interrupt could come of it. */
	#watch(): void {
		this.#cancel?.();
		this.#cancel = undefined;
		if (this.#pin === undefined || 0 === this.#registers[Register.INT_ENABLE]) return;
		if (this.#registers[Register.PWR_MGMT_1]! & Power.sleep) return;
		this.#cancel = this.#context.after(Math.max(0, this.#due - this.#context.now()), () => {
			this.#advance();
			this.#watch();
		});
	}
}

/** The share of a step that a first-order filter of `cutoff` Hz takes over within `period` milliseconds. */
function smoothing(cutoff: number, period: number): number {
	return 1 - Math.exp((-2 * Math.PI * cutoff * period) / 1000);
}

/** Stores a value as 16 bits of two's complement, high byte first, saturating. */
function output(registers: Uint8Array, address: number, value: number): void {
	const counts = Math.min(32767, Math.max(-32768, Math.round(value)));
	registers[address] = counts >> 8;
	registers[address + 1] = counts;
}
