/** Orders that nobody thought of: the repository beside a model of it in a few lines, by chance and with a seed. */
import type { Upload } from "gateway/inference/upload";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { SimulatedFlash } from "../resources/flash";
import { type FunctionEngine, modelFile, openFile } from "./models";
import { identityOf, MemoryRecord, RepositoryBench } from "./repository-bench";

const steps = 2000;
const names = ["gesture", "wand"] as const;
const factory = "1.0.0";
/** Of `FunctionEngine`. */
const memory = 1200;

/** What one name should be. */
interface Expected {
	/** As it outlasts a restart. */
	live: string | undefined;
	former: string | undefined;
	trial: boolean;
	/** What answers; not `live` when that could not be opened. */
	serving: string | undefined;
	shadow: string | undefined;
}

/** Its records may be refused. */
class FullRecord extends MemoryRecord {
	full = false;

	override write(key: string, value: string): void {
		if (this.full) throw new Error("full");
		super.write(key, value);
	}
}

class Run {
	readonly #random: () => number;
	readonly #flash = new SimulatedFlash(8);
	readonly #record = new FullRecord();
	readonly #expected = new Map<string, Expected>();
	/** Complete versions by name and version. */
	readonly #stored = new Set<string>();
	#engines: FunctionEngine[] = [];
	#bench: RepositoryBench;
	#upload: { upload: Upload; key: string; file: Uint8Array } | undefined;
	/** Of the newest version. */
	#minor = 0;
	readonly #counts = new Map<string, number>();

	constructor(seed: number) {
		this.#random = createRandom(seed);
		this.#expected.set("gesture", {
			live: factory,
			former: undefined,
			trial: false,
			serving: factory,
			shadow: undefined,
		});
		this.#bench = this.#open();
	}

	/** How often each action succeeded. */
	get counts(): ReadonlyMap<string, number> {
		return this.#counts;
	}

	#open(): RepositoryBench {
		this.#engines = [];
		return new RepositoryBench({
			flash: this.#flash,
			record: this.#record,
			factory: modelFile("gesture", factory, 100),
			open: (file) => {
				const engine = openFile(file);
				this.#engines.push(engine);
				return engine;
			},
		});
	}

	#pick<T>(from: readonly T[]): T {
		return from[Math.floor(this.#random() * from.length)]!;
	}

	step(): void {
		const name = this.#pick(names);
		const known = [
			factory,
			...[...this.#stored].filter((key) => key.startsWith(name)).map((key) => key.split(" ")[1]!),
		];
		const version = 0 === known.length || this.#random() < 0.1 ? `1.${this.#minor}.0` : this.#pick(known);
		const action = this.#pick(["begin", "write", "write", "write", "finish", "load", "shadow", "shadow"] as const);
		const rare = this.#pick(["unload", "remove", "drop", "confirm", "restart", "answer", "close"] as const);
		this.#record.full = this.#random() < 0.1;
		const chosen = this.#random() < 0.85 ? action : rare;
		try {
			this[chosen](name, version);
			this.#counts.set(chosen, 1 + (this.#counts.get(chosen) ?? 0));
		} catch (error) {
			// A refusal changes nothing.
			if (!(error instanceof Error) || (error.name !== "Error" && error.name !== "RepositoryError")) throw error;
		}
		this.#record.full = false;
		this.#check();
	}

	begin(name: string, drawn: string): void {
		const version = this.#random() < 0.5 ? `1.${this.#minor + 1}.0` : drawn;
		const file = modelFile(name, version, 200 + Math.floor(this.#random() * 3) * 4000);
		const upload = this.#bench.repository.begin(identityOf(name, version, file));
		this.#upload = { upload, key: `${name} ${version}`, file };
		if (version !== drawn) this.#minor++;
	}

	write(): void {
		if (!this.#upload) return;
		const { upload, file } = this.#upload;
		const end = Math.min(file.length, upload.offset + Math.ceil(this.#random() * 16_000));
		upload.write(file.subarray(upload.offset, end));
	}

	finish(): void {
		if (!this.#upload) return;
		const { upload, key } = this.#upload;
		upload.finish();
		this.#stored.add(key);
		this.#upload = undefined;
	}

	close(): void {
		this.#upload?.upload.close();
		this.#upload = undefined;
	}

	load(name: string, version: string): void {
		this.#bench.repository.load(name, { version });
		const { live, former, trial, serving } = this.#expected.get(name) ?? nothing;
		if (version === serving) return;
		const proven = trial ? former : (serving ?? live);
		const own = "gesture" === name && factory === version;
		this.#expected.set(name, {
			live: version,
			former: version === proven ? undefined : (proven ?? serving),
			trial: !own && version !== proven,
			serving: version,
			shadow: undefined,
		});
	}

	shadow(name: string, version: string): void {
		this.#bench.repository.load(name, { version, shadow: true });
		this.#expected.get(name)!.shadow = version;
	}

	drop(name: string): void {
		this.#bench.repository.dropShadow(name, "no more");
		const expected = this.#expected.get(name);
		if (expected) expected.shadow = undefined;
	}

	unload(name: string): void {
		this.#bench.repository.unload(name);
		if ("gesture" === name) this.#expected.set(name, { ...nothing });
		else this.#expected.delete(name);
	}

	remove(): void {
		if (0 === this.#stored.size) return;
		const [name, version] = this.#pick([...this.#stored]).split(" ") as [string, string];
		this.#bench.repository.remove(name, version);
		this.#stored.delete(`${name} ${version}`);
	}

	/** A window, with the shadow's turn behind it. */
	answer(name: string): void {
		const model = this.#bench.repository.find(name);
		if (!model) return;
		model.invoke();
		model.statistics.success(0, 1, 2, 3, 4);
		model.shadow?.follow(new Uint8Array(12), 0, 1, 10);
		this.#bench.settle();
	}

	confirm(): void {
		for (const name of names) this.answer(name);
		this.#bench.now += 60_000;
		this.#bench.repository.tick();
		for (const expected of this.#expected.values()) if (expected.serving) expected.trial = false;
	}

	restart(): void {
		this.#record.full = false;
		this.#upload = undefined;
		this.#bench = this.#open();
		for (const [name, expected] of [...this.#expected]) {
			const spare = "gesture" === name ? factory : undefined;
			if (expected.trial) Object.assign(expected, { live: expected.former ?? spare, former: undefined, trial: false });
			expected.shadow = undefined;
			if (undefined === expected.live && undefined === spare) {
				this.#expected.delete(name);
				continue;
			}
			const has = (version: string | undefined) =>
				version && (version === spare || this.#stored.has(`${name} ${version}`));
			const candidates = undefined === expected.live ? [] : [expected.live, expected.former, spare];
			expected.serving = candidates.find(has);
		}
	}

	#check(): void {
		const { repository } = this.#bench;
		let open = 0;
		for (const name of names) {
			const { serving, shadow } = this.#expected.get(name) ?? nothing;
			const model = repository.find(name);
			expect([name, model?.version, model?.shadow?.model.version]).toEqual([name, serving, shadow]);
			open += (serving ? 1 : 0) + (shadow ? 1 : 0);
		}
		// Nothing is left open, and nothing closed serves.
		expect(this.#engines.filter(({ closed }) => !closed)).toHaveLength(open);
		expect(repository.usage().memory.used).toBe(memory * open);
		const listed = [...repository.models()].filter((model) => !model.factory && "uploading" !== model.role);
		expect(listed.map(({ name, version }) => `${name} ${version}`).sort()).toEqual([...this.#stored].sort());
		for (const { name, version } of listed) repository.content(name, version);
		for (const name of names) {
			const trial = [...repository.models()].some((model) => name === model.name && model.trial);
			const expected = this.#expected.get(name) ?? nothing;
			expect([name, trial]).toEqual([name, expected.trial && undefined !== expected.serving]);
		}
	}
}

const nothing: Expected = { live: undefined, former: undefined, trial: false, serving: undefined, shadow: undefined };

describe("any order of uploads, loads, shadows, removals, restarts and full records", () => {
	test("from 8 seeds", () => {
		const counts = new Map<string, number>();
		for (let seed = 1; seed <= 8; seed++) {
			const run = new Run(seed);
			for (let i = 0; i < steps; i++) run.step();
			for (const [action, count] of run.counts) counts.set(action, count + (counts.get(action) ?? 0));
		}
		for (const action of ["finish", "load", "shadow", "remove", "restart", "unload", "confirm"])
			expect(counts.get(action) ?? 0, action).toBeGreaterThan(50);
	}, 60_000);
});
