import Sensor from "drivers/mpu6050";
import { IMU } from "wearable/imu";
import { Ring } from "wearable/ring";
import { windowLength } from "wearable/window";
import { type I2CChip, NotAcknowledged } from "../../../tools/simulator/supervisor/chip";
import { MPU6050 } from "../../../tools/simulator/supervisor/chips/mpu6050";
import { Bench, createBus } from "../chips/bench";

/** A recording's counts as the sensor has them at ± 4 g and ± 2000 °/s. */
export function toCounts(recording: readonly number[]): Int16Array {
	return Int16Array.from(recording, (value, i) => Math.round(value * (i % 6 < 3 ? 8192 : 16.4)));
}

/** A sensor that plays recordings, and all that stands between it and the windows. */
export function wear(recordings: readonly (readonly number[])[], options: { history: number; window?: number }) {
	const bench = new Bench();
	const chip = new MPU6050({ motion: { source: "rows", recordings, waits: false } }, bench);
	let connected = true;
	let identity: number | undefined;
	let register = 0;
	const wire: I2CChip = {
		write(bytes) {
			if (!connected) throw new NotAcknowledged("loose");
			register = bytes[0]!;
			chip.write(bytes);
		},
		read(count) {
			if (!connected) throw new NotAcknowledged("loose");
			const bytes = chip.read(count);
			// WHO_AM_I
			return undefined !== identity && 0x75 === register ? Uint8Array.of(identity) : bytes;
		},
	};
	const ring = new Ring({ capacity: 4, byteLength: windowLength(options.window ?? 119) });
	let number = 0;
	let recoveries = 0;
	const lines: string[] = [];
	const imu = new IMU({
		openSensor: () => new Sensor({ sensor: { io: createBus(new Map([[0x68, wire]])), data: 4, clock: 5 } }),
		recover() {
			recoveries++;
		},
		rate: 119,
		threshold: 500,
		release: 200,
		history: options.history,
		ring,
		allocate: () => ++number,
		log: (line) => lines.push(line),
	});
	return {
		bench,
		lines,
		ring,
		get recoveries(): number {
			return recoveries;
		},
		imu,
		/** What WHO_AM_I gives; undefined: the truth. */
		answer(value: number | undefined) {
			identity = value;
		},
		/** As by a power cut of the sensor alone: it sleeps, its FIFO off (PWR_MGMT_1, FIFO_EN and USER_CTRL at reset). */
		reset() {
			for (const [at, value] of [
				[0x6b, 0x40],
				[0x23, 0],
				[0x6a, 0x04],
				[0x6a, 0],
			] as const)
				chip.write(Uint8Array.of(at, value));
		},
		connect(value: boolean) {
			connected = value;
		},
		/** Lets time pass and gives the windows that came, as counts. */
		run(milliseconds: number): Int16Array[] {
			const windows: Int16Array[] = [];
			for (let time = 0; time < milliseconds; time += 60) {
				bench.pass(60);
				imu.poll();
				while (ring.count > 0) {
					windows.push(new Int16Array(ring.oldest.slice().buffer));
					ring.remove();
				}
			}
			return windows;
		},
	};
}
