/** Why the model repository refused something. */
export type RefusalCode =
	/** A name or version that could not stand in a path, or no hash of 64 hexadecimal digits. */
	| "name"
	/** `size`, `maximum`: no file, or one larger than the store could ever hold. */
	| "size"
	/** `needed`, `available`, `largest`: bytes of flash, in all and in one piece; or `models`, `maximum`. */
	| "room"
	/** This version is stored already, with another content. */
	| "exists"
	/** `newest`: the version that is there. */
	| "older"
	/** Another upload is under way, or this one was taken over by a later one. */
	| "busy"
	/** `offset`, `size`: the content is not complete. */
	| "incomplete"
	/** `expected`, `actual`: the content is not the one that was announced. */
	| "hash"
	/** There is no such model, version or shadow. */
	| "absent"
	/** The version serves, or runs as a shadow, or is part of the firmware. */
	| "serving"
	/** `engine`: the engine's number of the error; `operators`: those that it does not support. */
	| "engine"
	/** `needed`, `available`, `arena`, `state`: bytes; or `models`, `maximum`: opened models. */
	| "memory"
	/** The card is missing, unreadable or does not fit the file. */
	| "card"
	/** The file is signed by nobody who is known, or was changed after it was signed. */
	| "signature"
	/** The file is not signed, and who asks may only load what is. */
	| "unsigned"
	/** `needed`, `given`: the input that devices send to the version that serves, and this one's. */
	| "interface"
	/** `row`, `output`, `element`, `expected`, `actual`: the first golden value that did not come out. */
	| "golden";

/** The repository refused; what served before serves on. */
export class RepositoryError extends Error {
	readonly code: RefusalCode;
	/** As told to clients, beside the message. */
	readonly figures: Readonly<Record<string, unknown>>;

	constructor(code: RefusalCode, message: string, figures: Readonly<Record<string, unknown>> = {}) {
		super(message);
		this.code = code;
		this.figures = figures;
	}
}
