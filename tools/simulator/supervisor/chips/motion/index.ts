import type { ChipContext } from "../../chip";
import { ChipOptionError } from "../options";
import { Gestures } from "./gestures";
import { Rows } from "./rows";
import { level, type MotionSource } from "./source";

class Still implements MotionSource {
	readonly continuous = true;
	readonly waits = false;

	next(): ArrayLike<number> {
		return level;
	}

	status(): unknown {
		return { source: "still" };
	}
}

/** `{ "source": "still" }` (the default), `{ "source": "rows", … }` or `{ "source": "gestures", … }`. */
export function createMotion(options: unknown, context: ChipContext): MotionSource {
	if (undefined === options) return new Still();
	if (null === options || typeof options !== "object") throw new ChipOptionError("motion must be an object");
	const motion = options as Readonly<Record<string, unknown>>;
	switch (motion.source) {
		case "still":
			return new Still();
		case "rows":
			return new Rows(motion);
		case "gestures":
			return new Gestures(motion, context);
		default:
			throw new ChipOptionError("motion.source must be still, rows or gestures");
	}
}
