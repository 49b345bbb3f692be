import { parseArgs } from "node:util";
import { createRandom, type Random } from "../../tools/training/random";

/**
 * What `npm run fuzz:<name> -- --seconds N --seed N` does: repeats `round` for that long (60), from a seed (a new one each
 * time) that is told first. Whatever `round` throws is what was found.
 */
export async function fuzzByCommand(name: string, round: (random: Random) => unknown): Promise<void> {
	const { values } = parseArgs({
		options: {
			seconds: { type: "string", default: "60" },
			seed: { type: "string", default: `${Date.now() % 2 ** 32}` },
		},
	});
	const seconds = Number(values.seconds);
	const seed = Number(values.seed);
	if (!(seconds > 0) || !Number.isInteger(seed)) throw new RangeError("--seconds and --seed take numbers");
	console.log(`fuzz:${name}: seed ${seed}, ${seconds} s`);
	const random = createRandom(seed);
	const end = performance.now() + seconds * 1000;
	let rounds = 0;
	for (; performance.now() < end; rounds++) await round(random);
	console.log(`fuzz:${name}: ${rounds} rounds, nothing found`);
}
