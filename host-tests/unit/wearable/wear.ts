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
	const wire: I2CChip = {
		write(bytes) {
			if (!connected) throw new NotAcknowledged("loose");
			chip.write(bytes);
		},
		read(count) {
			if (!connected) throw new NotAcknowledged("loose");
			return chip.read(count);
		},
	};
	const ring = new Ring({ capacity: 4, byteLength: windowLength(options.window ?? 119) });
	let number = 0;
	const lines: string[] = [];
	const imu = new IMU({
		sensor: new Sensor({ sensor: { io: createBus(new Map([[0x68, wire]])), data: 4, clock: 5 } }),
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
