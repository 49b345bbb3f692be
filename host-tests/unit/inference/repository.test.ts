import { maximumJSON } from "gateway/inference/infer";
import { type Engine, markOf } from "gateway/inference/model";
import { maximumOpened } from "gateway/inference/repository";
import { RepositoryError } from "gateway/inference/repository-error";
import { inferenceRoutes } from "gateway/inference/routes";
import { Windows } from "gateway/inference/windows";
import type { Result } from "gateway/result";
import { describe, expect, test } from "vitest";
import { SimulatedFlash } from "../resources/flash";
import { TrustedDevice } from "./client";
import { content, FunctionEngine, modelFile, nameOf, openFile } from "./models";
import { identityOf, MemoryRecord, RepositoryBench } from "./repository-bench";

const factory = modelFile("gesture", "1.0.0", 100);

function bench(options: Partial<ConstructorParameters<typeof RepositoryBench>[0]> = {}): RepositoryBench {
	return new RepositoryBench({ open: openFile, factory, ...options });
}

/** The gateway restarted. */
const restart = ({ flash, record }: RepositoryBench): RepositoryBench => bench({ flash, record });

function refused(action: () => unknown): RepositoryError {
	try {
		action();
	} catch (error) {
		if (error instanceof RepositoryError) return error;
		throw error;
	}
	throw new Error("was not refused");
}

const put = (to: RepositoryBench, name: string, version: string, length = 300) =>
	to.put(name, version, modelFile(name, version, length));

/** Lets a live version pass its trial. */
function confirm(of: RepositoryBench, name: string): void {
	of.repository.find(name)!.statistics.success(0, 1, 2, 3, 4);
	of.now += 60_000;
	of.repository.tick();
}

const listed = ({ repository }: RepositoryBench) =>
	[...repository.models()].map(({ name, version, state, role }) => `${name} ${version} ${state} ${role}`);

describe("what serves", () => {
	test("the firmware's own model, when nothing else is there", () => {
		const { repository } = bench();
		expect(repository.find("gesture")?.version).toBe("1.0.0");
		expect(repository.find("gesture", "1.0.0")).toBe(repository.find("gesture"));
		expect(repository.find("gesture", "1.0.1")).toBeUndefined();
		expect(repository.reason("gesture", "1.0.1")).toBeUndefined();
		expect(repository.reason("wand")).toBeUndefined();
		expect(repository.ready).toBe(true);
		expect([...repository.names()]).toEqual(["gesture"]);
		expect([...repository.models()]).toEqual([
			{
				...{ name: "gesture", version: "1.0.0", state: "READY", role: "live", factory: true, trial: false },
				...{ failed: false, reason: "", bytes: 100, offset: 100, sha256: identityOf("", "", factory).sha256 },
				...{ arena: 1000, memory: 200 },
			},
		]);
	});

	test("a refused model of the firmware says why, and nothing is ready", () => {
		const { repository, events } = bench({
			open() {
				throw new Error("no");
			},
		});
		expect(repository.ready).toBe(false);
		expect(repository.reason("gesture")).toBe("the engine refused the file: no");
		expect(events).toEqual([]);
		expect(repository.largestInput).toBe(0);
	});

	test("a version that is loaded, beside models of other names", () => {
		const gateway = bench();
		const { repository } = gateway;
		put(gateway, "gesture", "1.1.0");
		put(gateway, "wand", "3");
		expect(listed(gateway)).toEqual([
			"gesture 1.0.0 READY live",
			"gesture 1.1.0 UNAVAILABLE stored",
			"wand 3 UNAVAILABLE stored",
		]);
		expect(repository.reason("wand")).toBe("not loaded");
		const old = repository.find("gesture")!;
		const loaded = repository.load("gesture");
		expect(loaded.version).toBe("1.1.0");
		expect(repository.find("gesture")).toBe(loaded);
		expect(repository.load("gesture")).toBe(loaded);
		expect(repository.load("wand").name).toBe("wand");
		expect(listed(gateway)).toEqual([
			"gesture 1.0.0 UNAVAILABLE stored",
			"gesture 1.1.0 READY live",
			"wand 3 READY live",
		]);
		expect(old).not.toBe(loaded);
		expect(gateway.events.map(({ type, name, version }) => `${type} ${name} ${version}`)).toEqual([
			"live gesture 1.1.0",
			"live wand 3",
		]);
		expect(repository.usage().memory).toEqual({ total: 65_536, used: 2400 });
	});

	test("an older version, when it is asked for by name; the newest otherwise", () => {
		const gateway = bench();
		for (const version of ["1.2.0", "1.10.0"]) put(gateway, "gesture", version);
		expect(gateway.repository.load("gesture").version).toBe("1.10.0");
		expect(gateway.repository.load("gesture", { version: "1.2.0" }).version).toBe("1.2.0");
		expect(gateway.repository.load("gesture", { version: "1.0.0" }).version).toBe("1.0.0");
	});

	test("the old one, when the new one is refused; it is left open and the new one closed", () => {
		const engines: FunctionEngine[] = [];
		const gateway = bench({
			open(file) {
				const engine = openFile(file);
				engines.push(engine);
				return engine;
			},
		});
		put(gateway, "gesture", "1.1.0");
		const old = gateway.repository.find("gesture");
		// A file of version 1.2.0 that calls itself 1.3.0.
		gateway.put("gesture", "1.2.0", modelFile("gesture", "1.3.0", 200));
		expect(refused(() => gateway.repository.load("gesture")).code).toBe("card");
		expect(gateway.repository.find("gesture")).toBe(old);
		const open = () => engines.filter(({ closed }) => !closed).length;
		expect(open()).toBe(1);
		gateway.repository.load("gesture", { version: "1.1.0" });
		expect(open()).toBe(1);
		gateway.repository.unload("gesture");
		expect(open()).toBe(0);
		gateway.repository.load("gesture", { version: "1.0.0" });
		expect(restart(gateway).repository.find("gesture")?.version).toBe("1.0.0");
	});

	test("no more models at a time than are allowed, and unloading makes room", () => {
		const gateway = bench({ flash: new SimulatedFlash(16) });
		for (let i = 1; i < maximumOpened; i++) {
			put(gateway, `m${i}`, "1");
			gateway.repository.load(`m${i}`);
		}
		put(gateway, "more", "1");
		expect(refused(() => gateway.repository.load("more"))).toMatchObject({
			code: "memory",
			figures: { models: 5, maximum: 4 },
		});
		put(gateway, "m1", "2");
		// One follows another: no more than before.
		gateway.repository.load("m1");
		expect(refused(() => gateway.repository.load("m1", { version: "1", shadow: true })).code).toBe("memory");
		gateway.repository.unload("m2");
		gateway.repository.load("more");
	});

	test("memory: what is at hand goes to the engine, and the old version's share is named", () => {
		const asked: number[] = [];
		let needs = 0;
		const gateway = bench({
			memory: 3000,
			open(file, memory) {
				asked.push(memory);
				if (needs > memory) throw Object.assign(new Error("too large"), { code: 500, arena: needs - 100, state: 100 });
				return openFile(file);
			},
		});
		put(gateway, "gesture", "1.1.0");
		needs = 2000;
		const error = refused(() => gateway.repository.load("gesture"));
		expect(asked.at(-1)).toBe(1800);
		expect(error).toMatchObject({
			code: "memory",
			figures: { needed: 2000, available: 1800, arena: 1900, state: 100, serving: 1200 },
		});
		expect(error.message).toContain("version 1.0.0 holds 1200");
		needs = 3001;
		expect(refused(() => gateway.repository.load("gesture")).figures).not.toHaveProperty("serving");
		expect(gateway.repository.find("gesture")?.version).toBe("1.0.0");
	});

	test("unloaded: nothing, until it is loaded; after a restart too", () => {
		const gateway = bench();
		put(gateway, "wand", "1");
		gateway.repository.load("wand");
		for (const name of ["gesture", "wand"]) gateway.repository.unload(name);
		expect(refused(() => gateway.repository.unload("wand")).code).toBe("absent");
		expect(refused(() => gateway.repository.unload("never")).code).toBe("absent");
		for (const later of [gateway, restart(gateway)]) {
			expect(later.repository.find("gesture")).toBeUndefined();
			expect(later.repository.find("wand")).toBeUndefined();
			expect(later.repository.ready).toBe(false);
			expect([...later.repository.names()]).toEqual([]);
			expect(later.repository.reason("wand")).toBe("not loaded");
			expect(later.repository.reason("gesture")).toBe("unloaded");
		}
		expect(gateway.repository.usage().memory.used).toBe(0);
		gateway.repository.load("gesture");
		expect(restart(gateway).repository.find("gesture")?.version).toBe("1.0.0");
	});
});

describe("routes for inference", () => {
	test("take as much as the model with the largest input needs, whichever are open", () => {
		const gateway = bench({
			open(file) {
				const { name, version } = nameOf(file);
				const elements = "wand" === name ? 300 : 3;
				return new FunctionEngine({
					inputs: [{ name: "values", datatype: "FP32", shape: [1, elements] }],
					outputs: [{ name: "score", datatype: "FP32", shape: [1] }],
					run() {},
				}).withCard({ name, version });
			},
		});
		const { repository } = gateway;
		const routes = inferenceRoutes({
			...{ server: { name: "", version: "" }, repository, clock: { now: () => 0, microseconds: () => 0 } },
			windows: undefined as unknown as Windows,
		}).filter(({ path }) => path.endsWith("/infer"));
		const limits = () =>
			routes.map(({ maximumBody, maximumWithoutToken }) => `${maximumBody! - maximumJSON} ${maximumWithoutToken}`);
		expect(limits()).toEqual(["12 12", "12 12"]);
		put(gateway, "wand", "1");
		repository.load("wand");
		expect(limits()).toEqual(["1200 1200", "1200 1200"]);
		repository.unload("wand");
		expect(limits()).toEqual(["12 12", "12 12"]);
		repository.unload("gesture");
		expect(limits()).toEqual([`0 ${maximumJSON}`, `0 ${maximumJSON}`]);
	});
});

describe("uploads", () => {
	test.each([
		[{ name: "" }, "name"],
		[{ name: "a/b" }, "name"],
		[{ version: "v".repeat(33) }, "name"],
		[{ sha256: "00" }, "name"],
		[{ sha256: "G".repeat(64) }, "name"],
		[{ size: 0 }, "size"],
		[{ size: 1.5 }, "size"],
		[{ size: 8 * 4096 - 255 }, "size"],
		[{ name: "gesture", version: "1.0.0" }, "exists"],
		[{ name: "gesture", version: "0.9" }, "older"],
	])("%o is refused as %s", (change, code) => {
		const identity = { ...identityOf("gesture", "1.1.0", content(1, 10)), ...change };
		expect(refused(() => bench().repository.begin(identity)).code).toBe(code);
	});

	test("a version that is there: nothing to send when it is the same, refused when it is not", () => {
		const gateway = bench();
		const file = modelFile("wand", "1", 300);
		gateway.put("wand", "1", file);
		const again = gateway.repository.begin(identityOf("wand", "1", file));
		expect(again).toMatchObject({ complete: true, offset: 300 });
		again.finish();
		expect(refused(() => gateway.repository.begin(identityOf("wand", "1", content(1, 300)))).code).toBe("exists");
		expect(refused(() => gateway.repository.begin(identityOf("wand", "0.9", file)))).toMatchObject({
			code: "older",
			figures: { newest: "1" },
		});
		put(gateway, "wand", "2");
		expect(gateway.repository.begin(identityOf("wand", "1", file)).complete).toBe(true);
	});

	test("one at a time; the same one is taken over where it stands", () => {
		const gateway = bench();
		const { repository } = gateway;
		const file = modelFile("wand", "1", 9000);
		const first = repository.begin(identityOf("wand", "1", file));
		first.write(file.subarray(0, 5000));
		expect(listed(gateway).at(-1)).toBe("wand 1 LOADING uploading");
		expect([...repository.models()].at(-1)).toMatchObject({ offset: 3840, bytes: 9000 });
		expect(refused(() => repository.load("wand", { version: "1" })).code).toBe("incomplete");
		expect(refused(() => repository.load("wand")).code).toBe("absent");
		expect(refused(() => repository.remove("wand", "1")).code).toBe("busy");
		expect(refused(() => repository.begin(identityOf("wand", "2", file)))).toMatchObject({
			code: "busy",
			figures: { name: "wand", version: "1" },
		});
		const second = repository.begin(identityOf("wand", "1", file));
		expect(second.offset).toBe(3840);
		expect(refused(() => first.write(file)).code).toBe("busy");
		first.close();
		second.write(file.subarray(3840));
		second.finish();
		expect(repository.load("wand").version).toBe("1");
	});

	test("one that fails at its end keeps no other out", () => {
		const gateway = bench();
		const file = modelFile("wand", "1", 300);
		const upload = gateway.repository.begin(identityOf("wand", "1", file));
		upload.write(file);
		const { flash } = gateway;
		const { write } = flash;
		flash.write = () => {
			throw new Error("worn out");
		};
		expect(() => upload.finish()).toThrow("worn out");
		flash.write = write;
		put(gateway, "strap", "1");
		expect(gateway.repository.load("strap").version).toBe("1");
	});

	test("another one takes the place of one that was left", () => {
		const gateway = bench();
		const left = gateway.repository.begin(identityOf("wand", "1", content(1, 20_000)));
		left.write(content(1, 20_000).subarray(0, 10_000));
		left.close();
		put(gateway, "wand", "2", 20_000);
		expect(listed(gateway)).toEqual(["gesture 1.0.0 READY live", "wand 2 UNAVAILABLE stored"]);
	});

	test("the same name and version with another content begins anew, and so does one that is given up", () => {
		const { repository } = bench();
		const left = repository.begin(identityOf("wand", "1", content(1, 9000)));
		left.write(content(1, 9000).subarray(0, 8000));
		left.close();
		const other = repository.begin(identityOf("wand", "1", content(2, 9000)));
		expect(other.offset).toBe(0);
		other.write(content(2, 9000).subarray(0, 8000));
		other.abandon();
		expect(repository.usage().flash.available).toBe(32_768);
	});

	test("what the flash lost of a content is found when it is loaded", () => {
		const gateway = bench();
		put(gateway, "wand", "1");
		gateway.flash.bytes[500]! ^= 0x10;
		expect(refused(() => gateway.repository.load("wand")).code).toBe("hash");
	});

	test("removing: not what serves or runs, nor the firmware's own", () => {
		const gateway = bench();
		const { repository } = gateway;
		for (const version of ["1.1.0", "1.2.0"]) put(gateway, "gesture", version);
		repository.load("gesture", { version: "1.1.0" });
		repository.load("gesture", { version: "1.2.0", shadow: true });
		for (const version of ["1.0.0", "1.1.0", "1.2.0"])
			expect(refused(() => repository.remove("gesture", version)).code).toBe("serving");
		expect(refused(() => repository.remove("gesture", "9")).code).toBe("absent");
		repository.load("gesture", { version: "1.0.0" });
		repository.remove("gesture", "1.1.0");
		repository.remove("gesture", "1.2.0");
		expect(listed(gateway)).toEqual(["gesture 1.0.0 READY live"]);
	});
});

describe("trial", () => {
	const loaded = (): RepositoryBench => {
		const gateway = bench();
		put(gateway, "gesture", "1.1.0");
		gateway.repository.load("gesture");
		return gateway;
	};

	test("a restart before it has passed takes it back and says so; it is not taken by itself again", () => {
		const again = restart(loaded());
		expect(again.repository.find("gesture")?.version).toBe("1.0.0");
		expect(again.events).toEqual([
			expect.objectContaining({ type: "failed", name: "gesture", version: "1.1.0", reason: expect.any(String) }),
		]);
		const status = [...again.repository.models()][1]!;
		expect(status).toMatchObject({ state: "UNAVAILABLE", failed: true });
		expect(status.reason).toContain("restarted");
		// Once is told once, and the firmware's own needs no trial.
		expect(restart(again).events).toEqual([]);
		expect(again.repository.load("gesture").version).toBe("1.0.0");
		expect(again.repository.load("gesture", { version: "1.1.0" }).version).toBe("1.1.0");
	});

	test("passed with a minute and an answer, not with one of them", () => {
		for (const [answers, time, version] of [
			[1, 60_000, "1.1.0"],
			[1, 59_999, "1.0.0"],
			[0, 600_000, "1.0.0"],
		] as const) {
			const gateway = loaded();
			const model = gateway.repository.find("gesture")!;
			if (answers) model.statistics.success(0, 1, 2, 3, 4);
			gateway.now += time;
			expect([...gateway.repository.models()][1]!.trial).toBe(true);
			gateway.repository.tick();
			expect([...gateway.repository.models()][1]!.trial).toBe("1.0.0" === version);
			expect(restart(gateway).repository.find("gesture")?.version).toBe(version);
		}
	});

	test("the last version that passed comes back, not one that was on trial itself", () => {
		const gateway = loaded();
		confirm(gateway, "gesture");
		for (const version of ["1.2.0", "1.3.0"]) {
			put(gateway, "gesture", version);
			gateway.repository.load("gesture");
		}
		expect(restart(gateway).repository.find("gesture")?.version).toBe("1.1.0");
	});

	test("a version that has passed needs no second trial to come back while another is on it", () => {
		const gateway = loaded();
		confirm(gateway, "gesture");
		put(gateway, "gesture", "1.2.0");
		for (const version of ["1.2.0", "1.1.0"]) gateway.repository.load("gesture", { version });
		const again = restart(gateway);
		expect(again.repository.find("gesture")?.version).toBe("1.1.0");
		expect(again.events).toEqual([]);
	});

	test("of a name that has none that passed, the one before comes back", () => {
		const gateway = bench();
		for (const version of ["1", "2"]) {
			put(gateway, "wand", version);
			gateway.repository.load("wand");
		}
		expect(restart(gateway).repository.find("wand")?.version).toBe("1");
	});

	test("a start that can write nothing serves the version before, and says that it could not", () => {
		const gateway = loaded();
		const record = new MemoryRecord();
		record.value = gateway.record.value!;
		record.write = () => {
			throw new Error("full");
		};
		gateway.flash.write = () => {
			throw new Error("worn out");
		};
		const again = bench({ flash: gateway.flash, record });
		expect(again.repository.find("gesture")?.version).toBe("1.0.0");
		expect(again.events.map(({ type, reason }) => `${type} ${reason}`).sort()).toEqual([
			expect.stringMatching(/^failed the gateway restarted/),
			"unwritten full",
			"unwritten worn out",
		]);
	});

	test("a stored version that nobody has let serve does not take the place of one that is lost, unless it is signed", () => {
		for (const [signer, version] of [
			["", undefined],
			["lab", "2"],
		] as const) {
			const gateway = bench();
			put(gateway, "wand", "1");
			gateway.repository.load("wand");
			confirm(gateway, "wand");
			put(gateway, "wand", "2");
			gateway.repository.content("wand", "1")[200]! ^= 1;
			const again = bench({ flash: gateway.flash, record: gateway.record, signerOf: () => signer });
			expect(again.repository.find("wand")?.version).toBe(version);
		}
	});

	test("the first version of a name has none before it: nothing serves, and the rest does", () => {
		const gateway = bench();
		put(gateway, "wand", "1");
		gateway.repository.load("wand");
		const again = restart(gateway);
		for (const { repository } of [again, restart(again)]) {
			expect(repository.find("wand")).toBeUndefined();
			expect(repository.reason("wand")).toContain("restarted");
			expect(repository.find("gesture")).toBeDefined();
			expect([...repository.names()]).toEqual(["gesture"]);
		}
	});

	test("what cannot be said in the store does not go live", () => {
		const record = new MemoryRecord();
		const gateway = bench({ record });
		put(gateway, "gesture", "1.1.0");
		const old = gateway.repository.find("gesture");
		record.write = () => {
			throw new Error("full");
		};
		expect(() => gateway.repository.load("gesture")).toThrow("full");
		expect(gateway.repository.find("gesture")).toBe(old);
	});

	test("a live version whose flash has lost bits: the one before serves, and it is told", () => {
		const gateway = loaded();
		confirm(gateway, "gesture");
		put(gateway, "gesture", "1.2.0");
		gateway.repository.load("gesture");
		confirm(gateway, "gesture");
		const damaged = gateway.repository.content("gesture", "1.2.0");
		damaged[200]! ^= 1;
		const again = restart(gateway);
		expect(again.repository.find("gesture")?.version).toBe("1.1.0");
		expect(again.events).toMatchObject([{ type: "refused", version: "1.2.0" }]);
		gateway.repository.content("gesture", "1.1.0")[200]! ^= 1;
		expect(restart(gateway).repository.find("gesture")?.version).toBe("1.0.0");
	});

	test.each(["gesture", "\n\n", "gesture 1.1.0 * settled extra", "a b c d\n", "x".repeat(5000), "../ 1 * settled"])(
		"a record that says %j is as none",
		(value) => {
			const record = new MemoryRecord();
			record.value = value;
			expect(bench({ record }).repository.find("gesture")?.version).toBe("1.0.0");
		},
	);
});

describe("a version under which the gateway ends", () => {
	const settled = (): RepositoryBench => {
		const gateway = bench();
		for (const version of ["1.1.0", "1.2.0"]) {
			put(gateway, "gesture", version);
			gateway.repository.load("gesture", { version });
			confirm(gateway, "gesture");
		}
		return gateway;
	};

	test("is noted while it computes, by what stands for it alone", () => {
		const gateway = settled();
		gateway.notes.length = 0;
		gateway.repository.find("gesture")!.invoke();
		expect(gateway.notes).toEqual([markOf("gesture", "1.2.0"), 0]);
		const marks = new Set<number>();
		for (let i = 0; i < 100; i++) for (let j = 0; j < 100; j++) marks.add(markOf("gesture", `1.${i}.${j}`));
		expect(marks.size).toBe(10_000);
		expect(marks.has(0)).toBe(false);
	});

	test("is noted no more when it throws", () => {
		const gateway = bench({
			open: (file) =>
				Object.assign(openFile(file), {
					reset() {
						throw new Error("no");
					},
				}),
		});
		const model = gateway.repository.find("gesture");
		expect(model).toBeUndefined();
		expect(gateway.notes).toEqual([markOf("gesture", "1.0.0"), 0]);
	});

	test("the culprit is set aside for the one before, and says so; it can be loaded again by its name", () => {
		const { flash, record } = settled();
		const again = bench({ flash, record, culprit: markOf("gesture", "1.2.0") });
		expect(again.repository.find("gesture")?.version).toBe("1.1.0");
		expect(again.events).toEqual([
			expect.objectContaining({ type: "failed", version: "1.2.0", reason: expect.stringContaining("again and again") }),
		]);
		expect([...again.repository.models()].find(({ version }) => "1.2.0" === version)).toMatchObject({ failed: true });
		const after = restart(again);
		expect(after.repository.find("gesture")?.version).toBe("1.1.0");
		expect(after.events).toEqual([]);
		expect(after.repository.load("gesture", { version: "1.2.0" }).version).toBe("1.2.0");
	});

	test("that does not serve, or is the firmware's own – nothing changes", () => {
		const { flash, record } = settled();
		for (const version of ["1.1.0", "1.0.0", "9.9.9"])
			expect(bench({ flash, record, culprit: markOf("gesture", version) }).repository.find("gesture")?.version).toBe(
				"1.2.0",
			);
		expect(bench({ culprit: markOf("gesture", "1.0.0") }).repository.find("gesture")?.version).toBe("1.0.0");
	});
});

describe("shadow", () => {
	/** The live version says a for the first value; `answer` is what the shadow says. */
	function shadowed(answer: (values: DataView, scores: DataView) => void): RepositoryBench {
		const open = (file: Uint8Array): Engine => {
			if ("1.1.0" !== nameOf(file).version) return openFile(file);
			return new FunctionEngine({
				inputs: [{ name: "values", datatype: "FP32", shape: [1, 3] }],
				outputs: [{ name: "scores", datatype: "FP32", shape: [1, 3] }],
				run: ([values], [scores]) => answer(values!, scores!),
			}).withCard({ name: "gesture", version: "1.1.0", labels: ["a", "c", "b"] });
		};
		const gateway = bench({ open });
		put(gateway, "gesture", "1.1.0");
		gateway.repository.load("gesture", { shadow: true });
		return gateway;
	}

	/** Classes with the values' places swapped: labels as the live version's. */
	const agreeing = (values: DataView, scores: DataView) => {
		for (const [from, to] of [
			[0, 0],
			[1, 2],
			[2, 1],
		] as const)
			scores.setFloat32(4 * to, values.getFloat32(4 * from, true) / 2, true);
	};

	/** A device that sends windows to what serves. */
	function device({ repository }: RepositoryBench) {
		const caller = new TrustedDevice();
		caller.window = 0;
		const published: Result[] = [];
		let microseconds = 0;
		const windows = new Windows({
			authenticate: () => caller,
			publish: (result) => published.push(result) > 0,
			onResult() {},
			clock: {
				now: () => 0,
				microseconds() {
					microseconds += 10;
					return microseconds;
				},
			},
		});
		const request = {
			...{ method: "POST", path: "/v2/models/gesture/infer", query: "", remoteAddress: "", scope: undefined },
			...{ headers: new Map([["inference-header-content-length", "0"]]), parameters: ["gesture"] },
		};
		return {
			caller,
			published,
			/** Sends the window again when it has the number of the one before. */
			send(number: number, values: readonly number[]) {
				caller.window = number;
				const body = new Uint8Array(Float32Array.from(values).buffer);
				const { body: answer } = windows.infer(() => repository.find("gesture")!, request, body);
				const text = Buffer.from(answer as Uint8Array).toString("latin1");
				return { ...JSON.parse(text.slice(0, text.lastIndexOf("}") + 1)), answer: answer as Uint8Array };
			},
		};
	}

	test("takes each window after the answer, and is compared by label", () => {
		const gateway = shadowed(agreeing);
		const { send } = device(gateway);
		expect(listed(gateway)).toEqual(["gesture 1.0.0 READY live", "gesture 1.1.0 UNAVAILABLE shadow"]);
		send(1, [0.5, 0.25, 0.25]);
		expect(gateway.repository.shadow("gesture")!.windows).toBe(0);
		gateway.settle();
		expect(gateway.repository.shadow("gesture")!.windows).toBe(1);
		// Two before there was time: none is lost.
		send(2, [0.25, 0.5, 0.25]);
		send(3, [0.25, 0.25, 1]);
		gateway.settle();
		expect(gateway.repository.shadow("gesture")).toEqual({
			...{ name: "gesture", version: "1.1.0", against: "1.0.0", windows: 3, agreements: 3 },
			rows: ["a", "b", "c"],
			columns: ["a", "c", "b"],
			matrix: [
				[1, 0, 0],
				[0, 0, 1],
				[0, 1, 0],
			],
			confidence: { live: 2 / 3, shadow: 1 / 3 },
			time: { live: 10, shadow: 10 },
		});
	});

	test("disagreement is counted where it is", () => {
		const gateway = shadowed((_values, scores) => scores.setFloat32(0, 1, true));
		const { send } = device(gateway);
		for (let i = 1; i <= 4; i++) {
			send(i, [0, i % 2, 0.5]);
			gateway.settle();
		}
		expect(gateway.repository.shadow("gesture")).toMatchObject({
			windows: 4,
			agreements: 0,
			matrix: [
				[0, 0, 0],
				[2, 0, 0],
				[2, 0, 0],
			],
		});
	});

	test("one that fails is dropped with the reason, and fails no request", () => {
		for (const answer of [
			(values: DataView, scores: DataView) =>
				scores.setFloat32(8, values.getFloat32(0, true) > 0.1 ? Number.NaN : 0, true),
			(values: DataView) => {
				if (values.getFloat32(0, true) > 0.1) throw new Error("lost");
			},
		]) {
			const gateway = shadowed(answer);
			const { send, published } = device(gateway);
			send(1, [0.5, 0.25, 0.25]);
			// It fails while the next window comes.
			send(2, [0.5, 0.25, 0.25]);
			gateway.settle();
			send(3, [0.5, 0.25, 0.25]);
			gateway.settle();
			expect(published.map(({ label }) => label)).toEqual(["a", "a", "a"]);
			expect(gateway.repository.shadow("gesture")).toBeUndefined();
			expect(gateway.events.at(-1)).toMatchObject({ type: "dropped", version: "1.1.0" });
			expect(gateway.events.at(-1)!.reason).not.toBe("");
			expect(listed(gateway)[1]).toBe("gesture 1.1.0 UNAVAILABLE stored");
		}
	});

	test("promoted, it serves on trial, from the memory that it has", () => {
		const gateway = shadowed(agreeing);
		const { used } = gateway.repository.usage().memory;
		const model = gateway.repository.load("gesture");
		expect(model.version).toBe("1.1.0");
		expect(gateway.repository.find("gesture")).toBe(model);
		expect(gateway.repository.usage().memory.used).toBe(used / 2);
		expect(gateway.repository.shadow("gesture")).toBeUndefined();
		const { send } = device(gateway);
		expect(send(1, [0, 1, 0]).model_version).toBe("1.1.0");
		gateway.settle();
		expect(restart(gateway).events).toMatchObject([{ type: "failed", version: "1.1.0" }]);
	});

	test("it needs another version that serves and classifies, and ends when a third one serves", () => {
		const gateway = shadowed(agreeing);
		const { repository } = gateway;
		expect(refused(() => repository.load("gesture", { version: "1.0.0", shadow: true })).code).toBe("serving");
		expect(refused(() => repository.load("wand", { version: "1", shadow: true })).code).toBe("absent");
		put(gateway, "gesture", "1.2.0");
		repository.load("gesture");
		expect(repository.shadow("gesture")).toBeUndefined();
		expect(repository.usage().memory.used).toBe(1200);
		// After a restart there is none: one that crashes the gateway does it once.
		repository.load("gesture", { version: "1.1.0", shadow: true });
		expect(restart(gateway).repository.shadow("gesture")).toBeUndefined();
	});

	test("a window that is sent again is answered as before, whatever serves by then, and published once", () => {
		const gateway = shadowed(agreeing);
		const { send, published, caller } = device(gateway);
		const first = send(1, [0.5, 0.25, 0.25]);
		expect(first.model_version).toBe("1.0.0");
		expect(Buffer.compare(send(1, [0.5, 0.25, 0.25]).answer, first.answer)).toBe(0);
		gateway.repository.load("gesture");
		const again = send(1, [0.5, 0.25, 0.25]);
		expect(again).toMatchObject({
			model_name: "gesture",
			model_version: "1.0.0",
			outputs: [{ datatype: "FP32", shape: [1, 3], parameters: { binary_data_size: 12 } }],
		});
		expect([...new Float32Array(again.answer.slice(-12).buffer)]).toEqual([0.5, 0.25, 0.25]);
		expect(published).toHaveLength(1);
		expect(send(2, [0.5, 0.25, 0.25]).model_version).toBe("1.1.0");
		gateway.repository.unload("gesture");
		expect(published).toHaveLength(2);
		expect(caller.result?.version).toBe("1.1.0");
	});
});
