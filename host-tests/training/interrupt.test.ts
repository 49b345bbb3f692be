import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Interrupt } from "../../tools/cli/interrupt";

describe("an interrupted command", () => {
	let interrupt: Interrupt;
	beforeEach(() => {
		vi.spyOn(console, "log").mockImplementation(() => {});
		interrupt = new Interrupt("Ending");
	});
	afterEach(() => {
		interrupt.close();
		vi.restoreAllMocks();
	});

	/** Fails the first time, and with Ctrl-C if so wished. */
	function work(withInterrupt: boolean) {
		let runs = 0;
		return vi.fn(async () => {
			if (runs++ > 0) return "done";
			if (withInterrupt) process.emit("SIGINT");
			throw new Error("ended by a signal");
		});
	}

	it("repeats what the same Ctrl-C ended", async () => {
		const done = work(true);
		expect(await interrupt.undisturbed(done)).toBe("done");
		expect(done).toHaveBeenCalledTimes(2);
		expect(interrupt.interrupted).toBe(true);
	});

	it("repeats what came to a wrong end without failing", async () => {
		let runs = 0;
		const result = await interrupt.undisturbed(async () => {
			if (runs === 0) process.emit("SIGINT");
			return ++runs;
		});
		expect(result).toBe(2);
	});

	it("does nothing twice otherwise", async () => {
		const failing = work(false);
		await expect(interrupt.undisturbed(failing)).rejects.toThrow("ended by a signal");
		process.emit("SIGINT");
		const later = work(false);
		await expect(interrupt.undisturbed(later)).rejects.toThrow("ended by a signal");
		expect([failing, later].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
	});
});
