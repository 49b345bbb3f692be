/** Globals that vitest's matchers and chai expect of any JavaScript and that XS does not have of itself. */

class Event {
	readonly type: string;
	constructor(type: string) {
		this.type = type;
	}
}

class EventTarget {
	readonly #listeners = new Map<string, ((event: Event) => void)[]>();
	addEventListener(type: string, listener: (event: Event) => void): void {
		this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
	}
	dispatchEvent(event: Event): boolean {
		for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
		return true;
	}
}

const queueMicrotask = (callback: () => void): void => {
	Promise.resolve().then(callback);
};

export { Event, EventTarget, queueMicrotask };
