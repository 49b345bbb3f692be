/**
 * Generated wrist motions: what a perfect six-axis sensor on a wrist would read.
 *
 * Axes of world and device at rest: x to the wearer's right, y ahead along the forearm, z up. The accelerometer reads
 * specific force, so a level device at rest gives (0, 0, 1) g. A left stroke is the mirror image of a right one in the
 * plane x = 0. Rows hold aX, aY, aZ in g and gX, gY, gZ in degrees per second, without sensor errors; `createSensor`
 * in `sensor.ts` adds those.
 */

import { between, normal, type Random } from "./random";
import { Track } from "./track";

export { countsPerDegree, countsPerG, createSensor, quantise, type Sensor } from "./sensor";

/** What a motion is labelled as. */
export type Kind = "left" | "right" | "other";

/** Values in one row: aX, aY, aZ, gX, gY, gZ. */
export const channels = 6;

/** Seconds of rest before and after every motion. */
export const rest = 0.25;

const gravity = 9.80665;
const degrees = 180 / Math.PI;

/** How one person moves; what differs between people and stays alike between one person's strokes. */
export interface Person {
	/** Length of a stroke in metres. */
	readonly reach: number;
	/** Peak acceleration of a stroke in m/s². */
	readonly vigour: number;
	/** Metres from the sensor to the joint that it turns about: a stroke of d metres turns the wrist by d / radius. */
	readonly radius: number;
	/** Radians that the forearm rolls per radian of turn. */
	readonly roll: number;
	/** Metres forward and up per metre of stroke. */
	readonly drift: readonly [forward: number, up: number];
	/** How the forearm is held: radians about x and about y. */
	readonly posture: readonly [x: number, y: number];
	/** The share of strokes that go straight back, that rest and go back slowly, and (the remainder) that stay. */
	readonly back: readonly [swift: number, slow: number];
}

export function createPerson(options: { random: Random }): Person {
	const { random } = options;
	const swift = between(random, 0.1, 0.5);
	return {
		reach: between(random, 0.25, 0.5),
		vigour: gravity * between(random, 0.9, 2.6),
		radius: between(random, 0.35, 0.9),
		roll: between(random, -0.1, 0.5),
		drift: [between(random, -0.35, 0.35), between(random, -0.3, 0.3)],
		posture: [between(random, -0.3, 0.3), between(random, -0.3, 0.3)],
		back: [swift, between(random, 0.2, 0.9) * (1 - swift)],
	};
}

/** The six coordinates of the wrist: metres along the world's axes, radians about x, then y, then z. */
interface Motion {
	readonly along: readonly [x: Track, y: Track, z: Track];
	readonly about: readonly [x: Track, y: Track, z: Track];
	/** When the last part ends, in seconds. */
	end: number;
}

type Compose = (motion: Motion, random: Random, person: Person) => void;

/** Peak acceleration of a least-jerk reach is this times distance / duration². */
const peakFactor = 10 / Math.sqrt(3);

/** Duration in which a reach over `distance` metres peaks at `acceleration` m/s². */
function durationOf(distance: number, acceleration: number): number {
	return Math.sqrt((peakFactor * Math.abs(distance)) / acceleration);
}

function limit(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}

function sign(random: Random): number {
	return random() < 0.5 ? -1 : 1;
}

/** A stroke to the right: 0.2 to 0.6 m within 0.25 to 0.6 s. */
function strokeRight(motion: Motion, random: Random, person: Person): void {
	const { along, about } = motion;
	const distance = limit(person.reach * (1 + 0.12 * normal(random)), 0.2, 0.6);
	const duration = limit(durationOf(distance, person.vigour * (1 + 0.12 * normal(random))), 0.25, 0.6);
	const forward = distance * (person.drift[0] + 0.06 * normal(random));
	const up = distance * (person.drift[1] + 0.06 * normal(random));
	const turn = -(distance / person.radius) * (1 + 0.15 * normal(random));
	const roll = -turn * (person.roll + 0.1 * normal(random));
	const pitch = 0.08 * normal(random);
	const lag = between(random, -0.02, 0.03);

	const move = (start: number, time: number, factor: number) => {
		along[0].reach(start, time, factor * distance);
		along[1].reach(start, time, factor * forward);
		along[2].reach(start, time, factor * up);
		about[2].reach(start + lag, time, factor * turn);
		motion.end = start + time + Math.max(lag, 0);
	};
	/** Rolls and pitches back to the posture, whether the hand goes back or not. */
	const level = (start: number, time: number) => {
		about[0].reach(start, time, -pitch);
		about[1].reach(start, time, -roll);
		motion.end = Math.max(motion.end, start + time);
	};

	move(rest, duration, 1);
	about[0].reach(rest, duration, pitch);
	about[1].reach(rest + lag, duration, roll);
	const arrived = rest + duration + Math.max(lag, 0);
	const way = random();
	if (way < person.back[0]) {
		const time = duration * between(random, 1.1, 1.6);
		const start = arrived + between(random, 0, 0.08);
		move(start, time, -1);
		level(start, time);
	} else if (way < person.back[0] + person.back[1]) {
		// Gentle enough not to pass for a stroke of its own.
		const time = durationOf(distance, gravity * between(random, 0.12, 0.25));
		const start = arrived + between(random, 0.1, 0.5);
		move(start, time, -1);
		level(start, time);
	} else {
		level(arrived + between(random, 0, 0.1), between(random, 0.4, 0.8));
	}
}

/** The hand goes out in a direction and, mostly, back. */
function outAndBack(motion: Motion, random: Random, direction: readonly [x: number, y: number, z: number]): void {
	const distance = between(random, 0.2, 0.5);
	const duration = limit(durationOf(distance, gravity * between(random, 0.9, 2.6)), 0.22, 0.9);
	const pitch = between(random, -0.2, 0.9) * direction[2] + 0.2 * normal(random);
	const turn = 0.3 * normal(random);
	const move = (start: number, time: number, factor: number) => {
		for (const axis of [0, 1, 2] as const) motion.along[axis].reach(start, time, factor * distance * direction[axis]);
		motion.about[0].reach(start, time, factor * pitch);
		motion.about[2].reach(start, time, factor * turn);
		motion.end = start + time;
	};
	move(rest, duration, 1);
	move(motion.end + between(random, 0, 0.5), duration * between(random, 1, 2), -1);
}

const lift: Compose = (motion, random) => outAndBack(motion, random, [0.12 * normal(random), 0, sign(random)]);
const push: Compose = (motion, random) => outAndBack(motion, random, [0.12 * normal(random), sign(random), 0]);

/** Any direction that is at least 50° from sideways; a stroke stays well within 40° of it. */
const slant: Compose = (motion, random) => {
	const sideways = sign(random) * between(random, 0, Math.cos((50 * Math.PI) / 180));
	const across = Math.sqrt(1 - sideways * sideways);
	const around = 2 * Math.PI * random();
	outAndBack(motion, random, [sideways, across * Math.cos(around), across * Math.sin(around)]);
};

/** One to three turns in the vertical or the level plane. */
const circle: Compose = (motion, random) => {
	const other = random() < 0.5 ? 1 : 2;
	const frequency = between(random, 1.2, 2.4);
	const duration = between(random, 1, 3) / frequency + 0.2;
	const amplitude = (gravity * between(random, 0.9, 2.2)) / (2 * Math.PI * frequency) ** 2;
	const phase = 2 * Math.PI * random();
	const quarter = (sign(random) * Math.PI) / 2;
	const common = { start: rest, duration, ramp: 0.2, frequency };
	motion.along[0].oscillate({ ...common, amplitude, phase });
	motion.along[other].oscillate({
		...common,
		amplitude: amplitude * between(random, 0.7, 1.3),
		phase: phase + quarter,
	});
	motion.about[2].oscillate({ ...common, amplitude: between(random, 0, 0.4), phase });
	motion.about[0].oscillate({ ...common, amplitude: between(random, 0, 0.3), phase: phase + quarter });
	motion.end = rest + duration;
};

/** Back and forth several times, along any axis: also sideways, so that one stroke has to be told from many. */
const shake: Compose = (motion, random) => {
	const frequency = between(random, 2.5, 6);
	const duration = between(random, 0.7, 1.6);
	const acceleration = gravity * between(random, 1, 2.8);
	const amplitude = acceleration / (2 * Math.PI * frequency) ** 2;
	const direction = [normal(random), normal(random), normal(random)] as const;
	const norm = Math.hypot(...direction);
	const common = { start: rest, duration, ramp: between(random, 0.08, 0.2), frequency, phase: sign(random) * Math.PI };
	for (const axis of [0, 1, 2] as const) {
		motion.along[axis].oscillate({ ...common, amplitude: (amplitude * direction[axis]) / norm });
		motion.about[axis].oscillate({ ...common, amplitude: 0.12 * normal(random) });
	}
	motion.end = rest + duration;
};

/** One or two taps: short blows, mostly from above, with hardly any movement. */
const tap: Compose = (motion, random) => {
	const taps = random() < 0.5 ? 1 : 2;
	let start = rest;
	for (let i = 0; i < taps; i++) {
		const frequency = between(random, 18, 45);
		const decay = between(random, 0.012, 0.03);
		const peak = gravity * between(random, 1.2, 3.5);
		motion.along[2].strike({ start, peak: peak * sign(random), decay, frequency });
		motion.along[1].strike({ start, peak: 0.3 * peak * normal(random), decay, frequency });
		motion.along[0].strike({ start, peak: 0.3 * peak * normal(random), decay, frequency });
		motion.about[0].reach(start, 0.06, 0.03 * normal(random));
		start += between(random, 0.18, 0.4);
	}
	motion.end = start + 0.1;
};

/** The arm falls and is stopped by the thigh or the table. */
const drop: Compose = (motion, random) => {
	const distance = between(random, 0.2, 0.5);
	const duration = limit(durationOf(distance, gravity * between(random, 0.8, 1.6)), 0.25, 0.7);
	const hit = rest + duration * between(random, 0.75, 0.95);
	const pitch = between(random, -0.8, 0.1);
	motion.along[2].reach(rest, duration, -distance);
	motion.along[0].reach(rest, duration, 0.1 * distance * normal(random));
	motion.about[0].reach(rest, duration, pitch);
	motion.about[0].reach(hit + 0.3, 0.9, -pitch);
	motion.along[2].strike({
		start: hit,
		peak: gravity * between(random, 0.8, 3),
		decay: between(random, 0.015, 0.04),
		frequency: between(random, 12, 30),
	});
	motion.end = hit + 1.2;
};

/** The forearm turns about its own length, as when one looks at a watch, and back. */
const twist: Compose = (motion, random) => {
	const angle = sign(random) * between(random, 0.6, 1.4);
	const duration = between(random, 0.25, 0.6);
	// The sensor sits off the axis of the turn and the elbow follows.
	const up = between(random, 0.05, 0.25);
	const across = 0.15 * normal(random) * up;
	const move = (start: number, time: number, factor: number) => {
		motion.about[1].reach(start, time, factor * angle);
		motion.along[2].reach(start, time, factor * up);
		motion.along[0].reach(start, time, factor * across);
		motion.end = start + time;
	};
	move(rest, duration, 1);
	move(motion.end + between(random, 0.05, 0.6), duration * between(random, 1, 1.8), -1);
};

/** The arm's swing in a brisk walk, with the heel's blow at each step. */
const swing: Compose = (motion, random) => {
	const steps = between(random, 1.6, 2.4);
	const duration = between(random, 1.4, 2.2);
	const phase = 2 * Math.PI * random();
	const common = { start: rest, duration, ramp: 0.3 };
	motion.along[1].oscillate({ ...common, amplitude: between(random, 0.08, 0.25), frequency: steps / 2, phase });
	motion.along[0].oscillate({ ...common, amplitude: between(random, 0, 0.03), frequency: steps / 2, phase });
	motion.along[2].oscillate({ ...common, amplitude: between(random, 0.02, 0.06), frequency: steps, phase: 2 * phase });
	motion.about[0].oscillate({ ...common, amplitude: between(random, 0.2, 0.6), frequency: steps / 2, phase });
	for (let start = rest + 0.3 * random(); start < rest + duration - 0.2; start += 1 / steps) {
		const peak = gravity * between(random, 0.4, 1.6);
		motion.along[2].strike({ start, peak, decay: 0.03, frequency: between(random, 8, 15) });
	}
	motion.end = rest + duration;
};

const others = Object.freeze([lift, push, slant, circle, shake, tap, drop, twist, swing]);

/**
 * One motion at `rate` rows a second, at rest for at least `rest` seconds at both ends and level again as it began:
 * rows of `channels` values. Without a person, one is drawn.
 */
export function stroke(options: { kind: Kind; random: Random; rate: number; person?: Person }): Float32Array {
	const { kind, random, rate } = options;
	const person = options.person ?? createPerson({ random });
	const motion: Motion = {
		along: [new Track(), new Track(), new Track()],
		about: [new Track(), new Track(), new Track()],
		end: rest,
	};
	if (kind === "other") others[Math.floor(random() * others.length)]!(motion, random, person);
	else strokeRight(motion, random, person);
	// Reflection in x = 0 turns movement along x and rotation about y and z round; the posture stays the person's.
	const mirror = kind === "left" ? -1 : 1;
	const count = Math.ceil((motion.end + rest) * rate);
	const rows = new Float32Array(count * channels);
	for (let i = 0; i < count; i++)
		observe(motion, person, mirror, i / rate, rows.subarray(i * channels, (i + 1) * channels));
	return rows;
}

/** What the perfect sensor reads at `time`. */
function observe(motion: Motion, person: Person, mirror: number, time: number, row: Float32Array): void {
	const ax = mirror * motion.along[0].at(time).acceleration;
	const ay = motion.along[1].at(time).acceleration;
	const az = motion.along[2].at(time).acceleration + gravity;
	const x = motion.about[0].at(time);
	const y = motion.about[1].at(time);
	const z = motion.about[2].at(time);
	const sx = Math.sin(person.posture[0] + x.value);
	const cx = Math.cos(person.posture[0] + x.value);
	const sy = Math.sin(person.posture[1] + mirror * y.value);
	const cy = Math.cos(person.posture[1] + mirror * y.value);
	const sz = Math.sin(mirror * z.value);
	const cz = Math.cos(mirror * z.value);

	// World to device is the inverse of turning about x, then y, then z: undo z, then y, then x.
	const bx = cz * ax + sz * ay;
	const by = -sz * ax + cz * ay;
	const cxx = cy * bx - sy * az;
	const czz = sy * bx + cy * az;
	row[0] = cxx / gravity;
	row[1] = (cx * by + sx * czz) / gravity;
	row[2] = (-sx * by + cx * czz) / gravity;

	// Angular rate in the device's axes from the rates of the three angles.
	const yRate = mirror * y.rate;
	const zRate = mirror * z.rate;
	row[3] = (x.rate - zRate * sy) * degrees;
	row[4] = (yRate * cx + zRate * sx * cy) * degrees;
	row[5] = (-yRate * sx + zRate * cx * cy) * degrees;
}
