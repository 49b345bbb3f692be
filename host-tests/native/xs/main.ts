/** What the engine does for JavaScript, told as one line of JSON. */

import Resource from "Resource";
import Engine, { EngineError } from "engine";

const model = new Resource("window_classifier.tflite");
/* a count, then for each row the input and the output */
const golden = new Uint8Array(new Resource("window_classifier.golden") as unknown as ArrayBuffer);

/** Fills the heap with what is dropped at once, several times over: chunks move, what nobody holds is collected. */
function churn(): void {
	for (let i = 0; i < 200; i++) new Uint8Array(4096).fill(i);
}

function run(engine: Engine): string {
	const input = engine.input(0);
	const output = engine.output(0);
	let results = "";
	for (let at = 4; at < golden.length; at += input.length + output.length) {
		input.set(golden.subarray(at, at + input.length));
		engine.invoke();
		for (const byte of output) results += byte.toString(16).padStart(2, "0");
	}
	return results;
}

function outcome(action: () => unknown): string {
	try {
		action();
		return "nothing";
	} catch (error) {
		return error instanceof EngineError ? `${error.name} ${error.code}: ${error.message}` : (error as Error).name;
	}
}

/** The figures of a refusal. */
function figures(action: () => unknown): object | undefined {
	try {
		action();
	} catch (error) {
		if (!(error instanceof EngineError)) throw error;
		const { code, arena, state, operators } = error;
		return { code, arena, state, operators };
	}
	return;
}

/** The model with one byte changed so that it wants LSTM (16) in place of FULLY_CONNECTED (9). */
function unsupported(): object | undefined {
	const file = model.slice(0, model.byteLength);
	const bytes = new Uint8Array(file);
	for (let at = 0; at < bytes.length; at++) {
		if (bytes[at] !== 9) continue;
		bytes[at] = 16;
		const found = figures(() => new Engine({ model: file }).close());
		if (found && "operators" in found && (found.operators as string[]).length) return found;
		bytes[at] = 9;
	}
	return;
}

const inPlace = new Engine({ model });
const fromHeap = new Engine({ model: model.slice(0, model.byteLength) });
churn();
const results = [run(inPlace), run(fromHeap)];

/* nothing but the view holds this engine */
const orphan = (() => {
	const engine = new Engine({ model: model.slice(0, model.byteLength) });
	run(engine);
	return engine.output(0);
})();
churn();
const orphanBytes = [...orphan];

/* a cell that remembers: the same input twice, then once more after a reset */
const cell = new Engine({ model: new Resource("cell_float.tflite") });
const remembered = [false, false, true].map((anew) => {
	if (anew) cell.reset();
	cell.input(0).set(new Uint8Array(Float32Array.of(1, -1, 0.5).buffer));
	cell.invoke();
	return [...cell.output(0)].join();
});
cell.close();

const { inputs, outputs, arena, state } = inPlace;
const metadata = inPlace.metadata("TMLAAS_CARD");
const readOnly = outcome(() => metadata?.fill(0));
const copied = fromHeap.metadata("TMLAAS_CARD");
const absent = inPlace.metadata("NOTHING");
const output = inPlace.output(0);
const sameView = output === inPlace.output(0);
const indices = [-1, 1, 99].map((index) => outcome(() => inPlace.input(index)));
for (let i = 0; i < 3; i++) inPlace.close();
fromHeap.close();

const entries = [metadata, copied, new Engine({ model }).metadata("TMLAAS_CARD")].map((entry) => {
	churn();
	return entry && String.fromCharCode(...entry);
});

const damaged = model.slice(0, model.byteLength);
new Uint8Array(damaged)[4] = 0;

trace(
	`${JSON.stringify({
		results,
		orphan: orphanBytes,
		inputs,
		outputs,
		arena,
		state,
		metadata: entries,
		readOnly,
		absent: absent === undefined,
		sameView,
		remembered,
		indices,
		closed: [
			outcome(() => inPlace.invoke()),
			outcome(() => inPlace.input(0)),
			outcome(() => inPlace.metadata("TMLAAS_CARD")),
			outcome(() => output.fill(1)),
		],
		detached: [output[0] === undefined, output.length],
		tooLarge: figures(() => new Engine({ model, memory: arena + state - 1 })),
		justRight: outcome(() => new Engine({ model, memory: arena + state }).close()),
		unsupported: unsupported(),
		refused: [
			outcome(() => new Engine({ model: new ArrayBuffer(0) })),
			outcome(() => new Engine({ model: damaged })),
			outcome(() => new Engine({ model: new Uint8Array(damaged, 8) })),
			outcome(() => new Engine({ model: "text" as unknown as ArrayBuffer })),
			outcome(() => Engine.prototype.invoke.call({} as Engine)),
		],
	})}\n`,
);
