import { BootRecord, maximumFailures } from "gateway/boot/boot-record";
import { type Boot, Supervisor } from "gateway/boot/supervisor";
import { type Lack, type StartReason, UpdateHistory } from "gateway/update/update-history";
import { describe, expect, test } from "vitest";

class Ended extends Error {}

/** A board: its store outlasts starts, its bootloader goes back from what is not confirmed. */
class Board {
	readonly entries = new Map<string, string>();
	readonly storage = {
		read: (key: string): unknown => this.entries.get(key),
		write: (key: string, value: string) => {
			if (this.full) throw new Error("no room");
			this.writes++;
			this.entries.set(key, value);
		},
		delete: (key: string) => {
			this.entries.delete(key);
		},
	};
	full = false;
	writes = 0;
	slot = "ota_0";
	pending = false;
	reason: StartReason = "power";
	noted = 0;
	lack: Lack | undefined;
	busy = false;
	confirmed = 0;
	/** Milliseconds until the watchdog ends it. */
	watchdog = Number.POSITIVE_INFINITY;
	fed = 0;
	now = 0;
	record!: BootRecord;
	history!: UpdateHistory;
	supervisor: Supervisor | undefined;
	ended: "rollback" | "restart" | undefined;

	/** Starts; gives whether in safe mode. */
	start(): boolean {
		this.ended = undefined;
		this.fed = this.now;
		const board = this;
		const boot: Boot = {
			slot: this.slot,
			pending: this.pending,
			reason: this.reason,
			confirm() {
				board.pending = false;
			},
			rollback() {
				board.end("restart");
				board.ended = "rollback";
				throw new Ended();
			},
			restart() {
				board.end("restart");
				board.ended = "restart";
				throw new Ended();
			},
			watch(milliseconds) {
				board.watchdog = milliseconds;
			},
			feed() {
				board.fed = board.now;
			},
		};
		this.record = new BootRecord(this.storage, this);
		this.history = new UpdateHistory({ storage: this.storage, running: boot });
		this.supervisor = new Supervisor({
			boot,
			record: this.record,
			history: this.history,
			now: () => this.now,
			lack: () => this.lack,
			...(this.record.isSafe ? { lifetime: 300_000 } : {}),
			isBusy: () => this.busy,
			onChange: () => this.confirmed++,
		});
		return this.record.isSafe;
	}

	/** The chip ends, for this reason: what the bootloader does about the slots. */
	end(reason: StartReason): void {
		this.reason = reason;
		if (this.pending) this.slot = "ota_0" === this.slot ? "ota_1" : "ota_0";
		this.pending = false;
		this.supervisor = undefined;
	}

	/** Lets the main loop turn for so many seconds, or until it ends. */
	run(seconds: number): void {
		for (let second = 0; second < seconds && this.supervisor; second++) {
			this.now += 1000;
			try {
				this.supervisor.tick();
			} catch (error) {
				if (!(error instanceof Ended)) throw error;
			}
			expect(this.now - this.fed).toBeLessThan(this.watchdog);
		}
	}

	install(version: string): void {
		this.history.switching(version);
		this.history.switched(version);
		this.supervisor!.restart(2000);
		this.run(3);
		expect(this.ended).toBe("restart");
		this.slot = "ota_0" === this.slot ? "ota_1" : "ota_0";
		this.pending = true;
	}
}

describe("starts that do not last", () => {
	test("ten in a row, for mixed reasons – the next one is in safe mode, and the one after it serves again", () => {
		const reasons: StartReason[] = ["panic", "watchdog", "brownout", "restart", "other"];
		const board = new Board();
		for (let i = 0; i < maximumFailures; i++) {
			expect(board.start()).toBe(false);
			expect(board.record.failures).toBe(i);
			board.run(i);
			board.end(reasons[i % reasons.length]!);
		}
		expect(board.start()).toBe(true);
		expect(board.record.failures).toBe(10);
		board.end("power");
		expect(board.start()).toBe(false);
	});

	test.each<StartReason>(["power", "button"])(
		"ended by somebody, by %s – not counted, and nothing is forgotten",
		(reason) => {
			const board = new Board();
			for (let i = 0; i < 3; i++) {
				board.start();
				board.end("panic");
			}
			for (let i = 0; i < 20; i++) {
				expect(board.start()).toBe(false);
				expect(board.record.failures).toBe(3);
				board.end(reason);
			}
			board.start();
			board.end("panic");
			board.start();
			expect(board.record.failures).toBe(4);
		},
	);

	test("twenty within a minute – safe mode comes twice, serving is tried in between", () => {
		const board = new Board();
		const modes: boolean[] = [];
		for (let i = 0; i < 23; i++) {
			modes.push(board.start());
			board.run(2);
			board.end("brownout");
		}
		expect(modes.map(Number).join("")).toBe("00000000001000000000010");
	});

	test("nine, then one that lasts a minute – counted from the beginning", () => {
		const board = new Board();
		for (let i = 0; i < 9; i++) {
			board.start();
			board.end("panic");
		}
		board.start();
		board.run(60);
		board.end("panic");
		board.start();
		expect(board.record.failures).toBe(0);
	});

	test("a start that lasts is written down once", () => {
		const board = new Board();
		board.start();
		board.run(1000);
		expect(board.writes).toBe(2);
	});

	test("restarts that somebody asked for – not counted, and what was counted before stays", () => {
		const board = new Board();
		for (let i = 0; i < 3; i++) {
			board.start();
			board.end("panic");
		}
		for (let i = 0; i < 20; i++) {
			expect(board.start()).toBe(false);
			expect(board.record.failures).toBe(3);
			board.supervisor!.restart(2000);
			board.run(5);
			expect(board.ended).toBe("restart");
		}
	});

	test("a part is missing – the next start is in safe mode and says so, until one has lasted", () => {
		const board = new Board();
		board.start();
		board.record.giveUp(`no partition "log"${"!".repeat(1000)}`);
		board.end("restart");
		expect(board.start()).toBe(true);
		expect(board.record.problem).toMatch(/^no partition "log"!+$/);
		expect(board.record.problem.length).toBe(200);
		board.run(400);
		board.start();
		expect(board.record.problem).not.toBe("");
		board.run(61);
		board.end("restart");
		board.start();
		expect(board.record.problem).toBe("");
	});

	test("a store that takes nothing more – it starts, and nothing is counted", () => {
		const board = new Board();
		board.full = true;
		for (let i = 0; i < 30; i++) {
			expect(board.start()).toBe(false);
			expect(board.record.unwritten).toBe("no room");
			board.end("panic");
		}
	});

	test.each(["-1", "1e9", "ten", "", "3.5"])(
		"a count that nobody has written, %j – serves, or is safe, and goes on",
		(text) => {
			const board = new Board();
			board.entries.set("failures", text);
			board.reason = "panic";
			board.start();
			expect(board.record.failures).toBe("1e9" === text ? 10 : 0);
			board.end("restart");
			expect(board.start()).toBe(false);
		},
	);
});

describe("a model under which the gateway ends", () => {
	/** Ends so often, with this mark noted. */
	const end = (board: Board, reason: StartReason, mark: number) => {
		board.run(3600);
		board.noted = mark;
		board.end(reason);
		board.start();
	};

	test("by the watchdog or a crash, for the third time – it is the culprit, until it has been dealt with", () => {
		const board = new Board();
		board.start();
		for (const [reason, culprit] of [
			["watchdog", 0],
			["panic", 0],
			["watchdog", 77],
			["panic", 77],
		] as const) {
			end(board, reason, 77);
			expect(board.record.culprit).toBe(culprit);
		}
		board.record.acquit();
		end(board, "watchdog", 77);
		expect(board.record.culprit).toBe(0);
	});

	test("others in between – counted anew", () => {
		const board = new Board();
		board.start();
		for (const mark of [1, 1, 2, 1, 1]) {
			end(board, "watchdog", mark);
			expect(board.record.culprit).toBe(0);
		}
	});

	test("what computed when the power was cut, or when somebody restarted it, is no culprit", () => {
		const board = new Board();
		board.start();
		for (const reason of ["power", "button", "brownout", "restart", "other"] as const)
			for (let i = 0; i < 4; i++) {
				end(board, reason, 77);
				expect(board.record.culprit).toBe(0);
			}
		expect(board.entries.has("crashes")).toBe(false);
	});

	test("in firmware on trial, which is taken back – is no culprit of what runs again", () => {
		const board = new Board();
		board.start();
		for (let i = 0; i < 4; i++) {
			board.install("0.2.0");
			board.noted = 0;
			board.start();
			expect(board.slot).toBe("ota_1");
			board.noted = 77;
			board.end("watchdog");
			board.start();
			expect(board.slot).toBe("ota_0");
			expect(board.record.culprit).toBe(0);
		}
		expect(board.entries.has("crashes")).toBe(false);
		// Of its own accord, after an update was taken back long ago, it is.
		for (let i = 0; i < 3; i++) end(board, "watchdog", 77);
		expect(board.record.culprit).toBe(77);
	});
});

describe("safe mode", () => {
	const safe = (): Board => {
		const board = new Board();
		board.entries.set("failures", "10");
		board.reason = "panic";
		expect(board.start()).toBe(true);
		return board;
	};

	test("ends by itself after five minutes", () => {
		const board = safe();
		board.run(299);
		expect(board.ended).toBeUndefined();
		board.run(2);
		expect(board.ended).toBe("restart");
		expect(board.start()).toBe(false);
		expect(board.record.failures).toBe(0);
	});

	test("waits for an update that is under way", () => {
		const board = safe();
		board.run(290);
		board.busy = true;
		board.run(200);
		expect(board.ended).toBeUndefined();
		board.busy = false;
		board.run(1);
		expect(board.ended).toBe("restart");
	});

	test("waits half an hour at most for one that never ends", () => {
		const board = safe();
		board.busy = true;
		board.run(300 + 1790);
		expect(board.ended).toBeUndefined();
		board.run(20);
		expect(board.ended).toBe("restart");
	});

	test("restarts sooner when asked, and later by nobody", () => {
		const board = safe();
		board.supervisor!.restart(2000);
		board.supervisor!.restart(1e9);
		board.run(3);
		expect(board.ended).toBe("restart");
	});

	test("an update brings it back to serving", () => {
		const board = safe();
		board.install("0.2.0");
		expect(board.start()).toBe(false);
		expect(board.record.failures).toBe(0);
		board.run(70);
		expect(board.confirmed).toBe(1);
		expect(board.history.last).toMatchObject({ version: "0.2.0", outcome: "installed" });
	});
});

describe("new firmware", () => {
	const onTrial = (): Board => {
		const board = new Board();
		board.start();
		board.run(100);
		board.install("0.2.0");
		board.start();
		expect(board.slot).toBe("ota_1");
		return board;
	};

	test("serves for a minute – confirmed once, and stays", () => {
		const board = onTrial();
		expect(board.supervisor!.confirmIn).toBe(60);
		board.run(30);
		expect(board.supervisor!.isOnTrial).toBe(true);
		expect(board.supervisor!.confirmIn).toBe(31);
		board.run(600);
		expect(board.supervisor!.isOnTrial).toBe(false);
		expect(board.supervisor!.confirmIn).toBeNull();
		expect(board.confirmed).toBe(1);
		board.end("power");
		board.start();
		expect(board.slot).toBe("ota_1");
	});

	test.each<Lack>(["no-network", "not-listening", "no-model"])("serves, but for %s – goes back by itself", (lack) => {
		const board = onTrial();
		board.lack = lack;
		board.run(1000);
		expect(board.ended).toBe("rollback");
		board.start();
		expect(board.slot).toBe("ota_0");
		expect(board.history.last).toMatchObject({ version: "0.2.0", outcome: "rolled-back", reason: lack });
	});

	test.each<StartReason>(["panic", "watchdog", "brownout", "power"])(
		"ends by %s before that – the one before runs",
		(reason) => {
			const board = onTrial();
			board.run(50);
			board.end(reason);
			board.start();
			expect(board.slot).toBe("ota_0");
			expect(board.history.last).toMatchObject({ version: "0.2.0", outcome: "rolled-back", reason });
			// What went wrong with the new one is no fault of the old one's, but it counts as a start that did not last.
			expect(board.record.failures).toBe("power" === reason ? 0 : 1);
		},
	);

	test("asked to restart while on trial – goes back, as the bootloader has it", () => {
		const board = onTrial();
		board.supervisor!.restart(0);
		board.run(1);
		board.start();
		expect(board.history.last).toMatchObject({ outcome: "rolled-back", reason: "restart" });
	});
});
