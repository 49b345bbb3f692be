// Thousands of cuts: in Node, within seconds. Inside XS, model-store.test.ts and repository.test.ts run the same code.
import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { PowerCut, SimulatedFlash, type Tear, tears } from "../resources/flash";
import { modelFile, openFile } from "./models";
import { MemoryRecord, RepositoryBench } from "./repository-bench";

const blocks = 6;

/** Flash whose last block is not the store's. */
class Flash extends SimulatedFlash {
	constructor() {
		super(blocks + 1);
	}

	override status() {
		return { ...super.status(), blocks };
	}
}

/** A key-value entry on the same power: a write that is cut off is there as a whole or not at all. */
class PoweredRecord extends MemoryRecord {
	readonly #flash: Flash;

	constructor(flash: Flash) {
		super();
		this.#flash = flash;
	}

	override write(key: string, value: string): void {
		this.#flash.eraseBlock(blocks);
		super.write(key, value);
	}
}

const factory = modelFile("gesture", "1.0.0", 100);
const sizes: Readonly<Record<string, number>> = { "1.0.0": 3000, "1.1.0": 5000, "1.2.0": 4000 };
const file = (version: string) => modelFile("wand", version, sizes[version]!);

interface Step {
	run(bench: RepositoryBench): void;
	/** What serves when the gateway starts after this step. */
	serves: string | undefined;
}

/** Each step may be begun again after a cut. */
const put = (version: string) => (bench: RepositoryBench) => bench.put("wand", version, file(version), 2000);
const load = (version: string) => (bench: RepositoryBench) => void bench.repository.load("wand", { version });
const confirm = (version: string) => (bench: RepositoryBench) => {
	const model = bench.repository.load("wand", { version });
	model.statistics.success(0, 0, 0, 0, 0);
	bench.now += 60_000;
	bench.repository.tick();
};
const remove =
	(version: string) =>
	({ repository }: RepositoryBench) => {
		if (repository.reason("wand", version) !== undefined) repository.remove("wand", version);
	};
const steps: readonly Step[] = [
	{ run: put("1.0.0"), serves: undefined },
	{ run: load("1.0.0"), serves: undefined },
	{ run: confirm("1.0.0"), serves: "1.0.0" },
	{ run: put("1.1.0"), serves: "1.0.0" },
	{ run: load("1.1.0"), serves: "1.0.0" },
	{ run: confirm("1.1.0"), serves: "1.1.0" },
	{ run: remove("1.0.0"), serves: "1.1.0" },
	{ run: put("1.2.0"), serves: "1.1.0" },
	{ run: confirm("1.2.0"), serves: "1.2.0" },
];

/** One gateway: its flash, its record, and how far it has come. */
class Gateway {
	readonly flash = new Flash();
	readonly record = new PoweredRecord(this.flash);
	/** The step that is next, or was cut off. */
	step = 0;

	start(): RepositoryBench {
		return new RepositoryBench({ open: openFile, flash: this.flash, record: this.record, factory });
	}

	/** Starts and goes on to the end. */
	run(): void {
		const bench = this.start();
		for (; this.step < steps.length; this.step++) steps[this.step]!.run(bench);
	}

	/** Whether the power was cut on the way. */
	isCut(at: number, tear: Tear, seed: number): boolean {
		this.flash.cutAt(at, tear, createRandom(seed));
		try {
			this.run();
			this.flash.restore();
			return false;
		} catch (error) {
			if (!(error instanceof PowerCut)) throw error;
			this.flash.restore();
			return true;
		}
	}

	copy(): Gateway {
		const other = new Gateway();
		other.flash.bytes.set(this.flash.bytes);
		other.record.value = this.record.value;
		other.step = this.step;
		return other;
	}

	/** What a start after a cut must find: the old or the new, whole, and the firmware's own. */
	check(): void {
		const { repository } = this.start();
		const before = this.step ? steps[this.step - 1]!.serves : undefined;
		const after = steps[this.step]?.serves;
		const serving = repository.find("wand")?.version;
		expect([before, after]).toContain(serving);
		expect(repository.find("gesture")?.version).toBe("1.0.0");
		expect(repository.ready).toBe(true);
		for (const { name, version, state, role, offset, bytes } of repository.models()) {
			if ("LOADING" === state) continue;
			expect(offset).toBe(bytes);
			// Throws when the content is not what its hash says.
			if ("wand" === name) expect(Buffer.compare(repository.content(name, version), file(version))).toBe(0);
			if ("live" === role) expect(state).toBe("READY");
		}
	}
}

describe("power cut while models are stored, loaded and removed", () => {
	test("the way without a cut ends with the newest version", () => {
		const gateway = new Gateway();
		gateway.run();
		gateway.check();
		const { repository } = gateway.start();
		expect([...repository.models()].map(({ version, role }) => `${version} ${role}`)).toEqual([
			"1.0.0 live",
			"1.1.0 stored",
			"1.2.0 live",
		]);
	});

	for (const tear of tears)
		test(`at every write and erasure, ${tear} – the old or the new serves, and the gateway goes on`, () => {
			let cuts = 0;
			for (let at = 0; ; at++) {
				const ended = [1, 2].map((seed) => {
					const gateway = new Gateway();
					if (!gateway.isCut(at, tear, 1000 * at + seed)) return true;
					cuts++;
					gateway.check();
					gateway.run();
					gateway.check();
					return false;
				});
				if (ended.every(Boolean)) break;
			}
			assert(cuts > 60, `${cuts} cuts`);
		});

	test("twice, at every pair of writes and erasures – the old or the new serves", () => {
		let cuts = 0;
		for (let first = 0; ; first++) {
			const once = new Gateway();
			if (!once.isCut(first, tears[first % 4]!, first)) break;
			for (let second = 0; ; second++) {
				const gateway = once.copy();
				if (!gateway.isCut(second, tears[(first + second) % 4]!, 1000 * first + second)) break;
				cuts++;
				gateway.check();
			}
		}
		assert(cuts > 500, `${cuts} cuts`);
	}, 60_000);
});
