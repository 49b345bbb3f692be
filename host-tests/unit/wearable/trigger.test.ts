import { expect, test } from "vitest";
import { Trigger } from "wearable/trigger";

const g = 8192;

function create(options: Partial<ConstructorParameters<typeof Trigger>[0]> = {}) {
	return new Trigger({ threshold: 500, release: 200, rate: 119, sensitivity: g, ...options });
}

/** How often the trigger fires in so many samples of one acceleration, in g. */
function hold(trigger: Trigger, samples: number, [x, y, z]: [number, number, number]): number {
	let fired = 0;
	for (let i = 0; i < samples; i++)
		if (trigger.sample(Math.round(x * g), Math.round(y * g), Math.round(z * g))) fired++;
	return fired;
}

test("Trigger at rest, however it is held: stays silent", () => {
	expect(hold(create(), 1000, [0, 0, 1])).toBe(0);
	expect(hold(create(), 1000, [-0.7, 0.1, -0.7])).toBe(0);
});

test("Trigger at the threshold: fires with the first sample above it, in any direction, and not at it", () => {
	for (const direction of [
		[1, 0, 0],
		[-1, 0, 0],
		[0, 0.6, 0.8],
		[0, 0, -1],
	] as const) {
		const move = (deviation: number): [number, number, number] => [
			direction[0] * deviation,
			direction[1] * deviation,
			1 + direction[2] * deviation,
		];
		const trigger = create();
		hold(trigger, 100, [0, 0, 1]);
		expect(hold(trigger, 1, move(0.499))).toBe(0);
		const other = create();
		hold(other, 100, [0, 0, 1]);
		expect(hold(other, 1, move(0.502))).toBe(1);
	}
});

test("Trigger in a movement that swings through rest: fires once", () => {
	const trigger = create();
	hold(trigger, 100, [0, 0, 1]);
	let fired = 0;
	for (let i = 0; i < 119; i++) fired += hold(trigger, 1, [1.5 * Math.sin(i / 4), 0, 1]);
	expect(fired).toBe(1);
});

test("Trigger after a movement: armed again only after 0.1 s below the release", () => {
	const trigger = create();
	hold(trigger, 100, [0, 0, 1]);
	expect(hold(trigger, 1, [1, 0, 1])).toBe(1);
	hold(trigger, 11, [0, 0, 1]);
	expect(hold(trigger, 1, [1, 0, 1])).toBe(0);
	hold(trigger, 12, [0, 0, 1]);
	expect(hold(trigger, 1, [1, 0, 1])).toBe(1);
});

test("Trigger between release and threshold: does not arm", () => {
	const trigger = create();
	hold(trigger, 100, [0, 0, 1]);
	expect(hold(trigger, 1, [1, 0, 1])).toBe(1);
	let fired = 0;
	// Swings of 0.3 g about rest: never calm, never a movement.
	for (let i = 0; i < 200; i++) fired += hold(trigger, 1, [i & 1 ? 0.3 : -0.3, 0, 1]);
	expect(fired + hold(trigger, 1, [1, 0, 1])).toBe(0);
});

test("Trigger switched on in the middle of a movement: waits for rest first", () => {
	const trigger = create();
	let fired = 0;
	for (let i = 0; i < 100; i++) fired += hold(trigger, 1, [2 * Math.sin(i / 3), 0, 1]);
	expect(fired).toBe(0);
});

test.each([100, 119, 200, 400])(
	"Trigger turned over at %i Hz: takes the new direction as gravity within a second",
	(rate) => {
		const trigger = create({ rate });
		hold(trigger, rate, [0, 0, 1]);
		expect(hold(trigger, rate, [0, 0, -1])).toBe(1);
		expect(hold(trigger, 1, [0, 0, -1.55])).toBe(1);
	},
);

test("Trigger at the ends of the range: squares do not wrap", () => {
	const trigger = create();
	for (let i = 0; i < 200; i++) trigger.sample(-32768, -32768, -32768);
	expect(trigger.sample(32767, 32767, 32767)).toBe(true);
});
