/** The native inference engine: a verified .tflite model, opened where it lies. */

export interface Tensor {
	readonly name: string;
	readonly datatype: "INT8" | "UINT8" | "INT16" | "INT32" | "INT64" | "FP32" | "BOOL";
	readonly shape: readonly number[];
	/** real = scale × (value − zeroPoint); 0 when the tensor is not quantised. */
	readonly scale: number;
	readonly zeroPoint: number;
	readonly byteLength: number;
}

/** What the C function gives of a model that is refused. */
interface Refused {
	readonly code: number;
	readonly message: string;
	readonly arena: number;
	readonly state: number;
	readonly operators: readonly string[];
}

/** Why a model was refused: `code` is one of engine.h's numbers, which do not change. */
export class EngineError extends Error {
	override name = "EngineError";
	readonly code: number;
	/** Bytes that the tensors and the prepared operators would take; 0 while the file is not known to be sound. */
	readonly arena: number;
	readonly state: number;
	/** Operators that are not at hand, when that is the reason. */
	readonly operators: readonly string[];

	constructor({ code, message, arena, state, operators }: Refused) {
		super(message);
		this.code = code;
		this.arena = arena;
		this.state = state;
		this.operators = operators;
	}
}

const anyMemory = 0x7fffffff;

/** What the C function gives: one of the two. */
type Opened =
	| Refused
	| {
			readonly inputs: readonly Tensor[];
			readonly outputs: readonly Tensor[];
			readonly arena: number;
			readonly state: number;
	  };

/** Memory of the arena, with what it must not outlive. */
type Memory = ArrayBuffer & { engine: Engine };

/**
 * A model ready to run. Its views of inputs and outputs are the arena's own memory: raw little-endian values,
 * row-major. invoke() may use an input's memory for other tensors, so write the inputs anew before each one.
 */
export default class Engine extends Native("xs_engine_destructor") {
	#inputs: readonly Tensor[];
	#outputs: readonly Tensor[];
	#arena: number;
	#state: number;
	/** Made when first asked for. */
	#inputViews: (Uint8Array | undefined)[] = [];
	#outputViews: (Uint8Array | undefined)[] = [];
	/** Keeps a model that is used in place from being collected. */
	protected model: ArrayBuffer | HostBuffer | Uint8Array | undefined;

	/**
	 * @param options.model A host buffer (Resource, mapped flash) is used in place; what lies in the heap is copied.
	 * @param options.memory Bytes that arena and state may take together; without it, what the system has.
	 * @throws {EngineError} when the model is refused.
	 */
	constructor(options: { model: ArrayBuffer | HostBuffer | Uint8Array; memory?: number }) {
		super();
		const opened: Opened = native("xs_engine_open").call(this, options.model, options.memory ?? anyMemory);
		if ("code" in opened) throw new EngineError(opened);
		this.#inputs = opened.inputs;
		this.#outputs = opened.outputs;
		this.#arena = opened.arena;
		this.#state = opened.state;
		this.model = options.model;
	}

	get inputs(): readonly Tensor[] {
		return this.#inputs;
	}

	get outputs(): readonly Tensor[] {
		return this.#outputs;
	}

	/** Bytes that the tensors take. */
	get arena(): number {
		return this.#arena;
	}

	/** Bytes that the prepared operators take. */
	get state(): number {
		return this.#state;
	}

	input(index: number): Uint8Array {
		this.#inputViews[index] ??= this.view(native("xs_engine_input").call(this, index));
		return this.#inputViews[index];
	}

	output(index: number): Uint8Array {
		this.#outputViews[index] ??= this.view(native("xs_engine_output").call(this, index));
		return this.#outputViews[index];
	}

	/** Fills an input at once. Throws a RangeError unless `bytes` are as long as it is. */
	write(index: number, bytes: Uint8Array): void {
		native("xs_engine_write").call(this, index, bytes);
	}

	invoke(): void {
		native("xs_engine_invoke").call(this);
	}

	/** Gives the variables of a model that remembers what it was shown their first values again. */
	reset(): void {
		native("xs_engine_reset").call(this);
	}

	/** A Model.metadata entry, to be read only: where it lies in a model that is used in place, of others a copy. */
	metadata(name: string): Uint8Array | undefined {
		const entry: (ArrayBuffer & { model?: unknown }) | undefined = native("xs_engine_metadata").call(this, name);
		if (!entry) return undefined;
		entry.model = this.model;
		return new Uint8Array(entry);
	}

	/** Gives the memory back; views that were handed out are detached. */
	close(): void {
		const views = [...this.#inputViews, ...this.#outputViews];
		native("xs_engine_close").call(this, ...views.flatMap((view) => (view ? [view.buffer] : [])));
		this.#inputViews = [];
		this.#outputViews = [];
		this.model = undefined;
	}

	private view(memory: Memory): Uint8Array {
		memory.engine = this;
		return new Uint8Array(memory);
	}
}
