import { fileURLToPath } from "node:url";
import Sensor from "drivers/mpu6050";
import { expect, test } from "vitest";
import { IMU } from "wearable/imu";
import { Ring } from "wearable/ring";
import { windowLength } from "wearable/window";
import type { I2CChip } from "../../../tools/simulator/supervisor/chip";
import { MPU6050 } from "../../../tools/simulator/supervisor/chips/mpu6050";
import { foundClasses } from "../../../tools/training/evaluation/metrics";
import { buildEngine, runEngine } from "../../native/build";
import { Bench, createBus } from "../chips/bench";

const model = fileURLToPath(new URL("../../../models/gesture.tflite", import.meta.url));

const labels = ["left", "right", "other"];

/** The windows that a wearable cuts while its wearer makes one kind of movement for `seconds`. */
function wear(kind: string, seed: number, seconds: number): Uint8Array[] {
	const bench = new Bench();
	const chip = new MPU6050({ motion: { source: "gestures", kinds: [kind], seed } }, bench);
	const io = createBus(new Map<number, I2CChip>([[0x68, chip]]));
	const ring = new Ring({ capacity: 4, byteLength: windowLength(119) });
	const windows: Uint8Array[] = [];
	const imu = new IMU({
		openSensor: () => new Sensor({ sensor: { io, data: 4, clock: 5 } }),
		recover: () => {},
		rate: 119,
		threshold: 500,
		release: 200,
		history: 8,
		ring,
		allocate: () => 0,
		log: () => {},
	});
	for (let time = 0; time < seconds; time += 0.1) {
		bench.pass(100);
		imu.poll();
		for (; ring.count > 0; ring.remove()) windows.push(ring.oldest.slice());
	}
	return windows;
}

test("the shipped model tells the simulated chip's strokes apart, through driver, trigger and engine", () => {
	const engine = buildEngine();
	let right = 0;
	let total = 0;
	labels.forEach((kind, label) => {
		for (let seed = 1000; seed < 1008; seed++) {
			const windows = wear(kind, seed, 60);
			expect(windows.length).toBeGreaterThan(8);
			const { output } = runEngine(engine, [model], Buffer.concat(windows));
			const found = foundClasses(new Float32Array(new Uint8Array(output).buffer), labels.length);
			total += windows.length;
			right += found.filter((value) => value === label).length;
		}
	});
	expect(right / total).toBeGreaterThanOrEqual(0.97);
});
