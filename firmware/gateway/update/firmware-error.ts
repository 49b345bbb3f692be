/** Why firmware is not taken. */
export type FirmwareCode =
	/** It is no app image of the chip's maker, or more follows it than belongs there. */
	| "not-an-image"
	/** It is for another chip. */
	| "wrong-chip"
	/** It is for another of the project's boards. */
	| "wrong-product"
	/** The slot does not hold it. */
	| "too-large"
	/** It ends before its end. */
	| "truncated"
	/** What came is not what was built. */
	| "hash"
	/** It is not signed, or was changed after it was signed. */
	| "signature"
	/** It is signed with a key that what runs does not know. */
	| "unknown-signer"
	/** What runs is as new, or newer. */
	| "not-newer"
	/** Another update is under way, or the last one has yet to be confirmed. */
	| "busy"
	/** The flash did not take it. */
	| "flash";

/** Firmware was refused; what runs goes on, and starts again at the next start. */
export class FirmwareError extends Error {
	readonly code: FirmwareCode;
	/** Of the firmware; empty when that was not known yet. */
	readonly version: string;

	constructor(code: FirmwareCode, message: string, version = "") {
		super(message);
		this.code = code;
		this.version = version;
	}
}
