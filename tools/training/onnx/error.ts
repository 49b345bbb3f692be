/**
 * What is wrong with an ONNX file. `malformed`: the bytes are no ONNX model, or contradict themselves; `unsupported`: a
 * proper model with something that cannot be imported; `tooLarge`: beyond what is read at all.
 */
export type OnnxErrorCode = "malformed" | "unsupported" | "tooLarge";

export class OnnxError extends Error {
	readonly code: OnnxErrorCode;
	/** The node that it is about: its name, or its operator and its place among the nodes. */
	readonly node: string | undefined;

	constructor(code: OnnxErrorCode, reason: string, node?: string) {
		super(node === undefined ? reason : `${node}: ${reason}`);
		this.name = "OnnxError";
		this.code = code;
		this.node = node;
	}
}
