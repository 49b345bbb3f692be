/** Broken models with variables by name: [what, file, number of the error]. */
import { int32s, text, u32 } from "./flatbuffer";
import {
	buildModel,
	codes,
	type GraphDescription,
	type OperatorDescription,
	type TensorDescription,
	types,
} from "./model";

const float = (count: number, data?: Float32Array): TensorDescription => ({
	type: types.FLOAT32,
	shape: [count],
	data,
});
const bytes = (count: number): TensorDescription => ({ type: types.INT8, shape: [count] });
const resource: TensorDescription = { type: types.RESOURCE, shape: [] };
const values = (count: number) => float(count, new Float32Array(count).fill(1));

const handle = (output: number, name = "state"): OperatorDescription => ({
	code: codes.VAR_HANDLE,
	inputs: [],
	outputs: [output],
	options: { type: 111, fields: { 1: text(name) } },
});
const read = (from: number, output: number): OperatorDescription => ({
	code: codes.READ_VARIABLE,
	inputs: [from],
	outputs: [output],
});
const assign = (to: number, value: number): OperatorDescription => ({
	code: codes.ASSIGN_VARIABLE,
	inputs: [to, value],
	outputs: [],
});
const once = (subgraph = 1): OperatorDescription => ({
	code: codes.CALL_ONCE,
	inputs: [],
	outputs: [],
	options: { type: 103, fields: { 0: u32(subgraph) } },
});

const initial: GraphDescription = {
	tensors: [resource, values(4)],
	operators: [handle(0), assign(0, 1)],
	inputs: [],
	outputs: [],
};

/** Tensors: 0 the input, 1 and 2 handles, 3 what is read. */
const model = (operators: OperatorDescription[], others: GraphDescription[] = [], tensors: TensorDescription[] = []) =>
	buildModel({
		tensors: [float(4), resource, resource, float(4), float(8), ...tensors],
		operators,
		inputs: [0],
		outputs: [3],
		others,
	});

const main = [once(), handle(1), read(1, 3), assign(1, 0)];

/** Sound ones, which the broken ones are made of. */
export const soundVariables: [string, Uint8Array][] = [
	["a variable with a value to start with", model(main, [initial])],
	["two handles of one name", model([handle(1), handle(2), read(1, 3), assign(2, 0)])],
	["a handle that nothing uses", model([handle(1), handle(2, "other"), read(1, 3)])],
	["a value for a variable that is not there", model([once(), handle(1, "other"), read(1, 3)], [initial])],
];

export const hostileVariables: [string, Uint8Array, number][] = [
	["a variable of two sizes", model([handle(1), read(1, 3), read(1, 4)]), 404],
	[
		"two handles of one variable of two sizes",
		model([handle(1), handle(2), assign(1, 0), read(2, 4), read(1, 3)]),
		404,
	],
	["a value of another size to start with", model(main, [{ ...initial, tensors: [resource, values(5)] }]), 404],
	[
		"a value that is a byte too short to start with",
		buildModel({
			tensors: [bytes(7), resource, bytes(7)],
			operators: main.map((operator) => ({
				...operator,
				outputs: operator.outputs.map((output) => Math.min(output, 2)),
			})),
			inputs: [0],
			outputs: [2],
			others: [{ ...initial, tensors: [resource, { ...bytes(6), data: new Int8Array(6) }] }],
		}),
		404,
	],
	["a variable that is read without a handle", model([read(1, 3)]), 205],
	["a variable that is read before its handle", model([read(1, 3), handle(1)]), 205],
	["a variable that is read from an ordinary tensor", model([read(0, 3)]), 403],
	["a variable that is assigned to an ordinary tensor", model([assign(0, 0), handle(1), read(1, 3)]), 403],
	["a handle in an ordinary tensor", model([handle(3)]), 403],
	["a handle that is made twice", model([handle(1), handle(1), read(1, 3)]), 206],
	["a handle as a value", model([handle(1), assign(1, 1), read(1, 3)]), 403],
	["a handle into which a variable is read", model([handle(1), read(1, 2)]), 403],
	[
		"a handle for another operator",
		model([
			handle(1),
			{ code: codes.RESHAPE, inputs: [1], outputs: [3], options: { type: 17, fields: { 0: int32s([4]) } } },
		]),
		403,
	],
	[
		"a handle that is an input of the model",
		buildModel({ tensors: [resource, float(4)], operators: [read(0, 1)], inputs: [0], outputs: [1] }),
		403,
	],
	[
		"a handle that is an output of the model",
		buildModel({ tensors: [float(4), resource], operators: [handle(1)], inputs: [0], outputs: [1] }),
		403,
	],
	["a constant handle", model([handle(5)], [], [{ ...resource, data: new Int32Array(1) }]), 300],
	["a name of 300 bytes", model([handle(1, "n".repeat(300)), read(1, 3)]), 408],
	[
		"65 variables",
		model(
			Array.from({ length: 65 }, (_, i) => handle(5 + i, `${i}`)),
			[],
			Array.from({ length: 65 }, () => resource),
		),
		201,
	],
	["a variable that is read from nothing", model([{ ...read(1, 3), inputs: [-1] }]), 401],
	["an assignment without a value", model([handle(1), { ...assign(1, 0), inputs: [1, -1] }]), 401],
	["CALL_ONCE of the subgraph that runs", model([once(0), ...main.slice(1)], [initial]), 200],
	["CALL_ONCE of a subgraph that is not there", model([once(7), ...main.slice(1)], [initial]), 200],
	["CALL_ONCE twice", model([once(), ...main], [initial]), 200],
	["CALL_ONCE without a second subgraph", model(main), 200],
	["CALL_ONCE after a variable is used", model([...main.slice(1), once()], [initial]), 205],
	["a second subgraph that nothing calls", model(main.slice(1), [initial]), 200],
	["a second subgraph that calls itself", model(main, [{ ...initial, operators: [once()] }]), 208],
	["a second subgraph that reads", model(main, [{ ...initial, operators: [handle(0), read(0, 1)] }]), 208],
	["a second subgraph that computes a value", model(main, [{ ...initial, tensors: [resource, float(4)] }]), 208],
	["a second subgraph with an input", model(main, [{ ...initial, inputs: [1] }]), 208],
	["a second subgraph that assigns without a handle", model(main, [{ ...initial, operators: [assign(0, 1)] }]), 205],
	["a second subgraph with a handle that is none", model(main, [{ ...initial, operators: [handle(1)] }]), 403],
	[
		"a second subgraph with a tensor out of range",
		model(main, [{ ...initial, operators: [handle(0), assign(0, 9)] }]),
		202,
	],
];
