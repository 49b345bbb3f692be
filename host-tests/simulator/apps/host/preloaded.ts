/** Preloaded, so in read-only memory: what must not be possible here is not possible on a board. */
const map = new Map<string, number>();
const object = { value: 1 };
class Counter {
	static count = 0;
	readonly number = ++Counter.count;
}

class NamedError extends Error {
	constructor() {
		super();
		this.name = "NamedError";
	}
}

const outcome = (action: () => unknown): string => {
	try {
		action();
		return "accepted";
	} catch (error) {
		return (error as Error).constructor.name;
	}
};

export function readOnly(): void {
	trace(
		[
			outcome(() => map.set("a", 1)),
			outcome(() => new Counter()),
			outcome(() => {
				object.value = 2;
			}),
			outcome(() => new NamedError()),
			outcome(() => Object.assign(Array.prototype, { last: 1 })),
			outcome(() => JSON.stringify(Object.freeze({ a: object }))),
		].join(),
		"\n",
	);
}
