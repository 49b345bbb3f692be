// ECMA-419's Serial as the SDK has it (modules/io/serial); @moddable/typings has it only with a provider's pins.

declare module "embedded:io/serial" {
	export default class Serial {
		constructor(options: {
			port?: number;
			receive?: number;
			transmit?: number;
			baud: number;
			format?: "number" | "buffer";
			onReadable?: (this: Serial, bytes: number) => void;
			onWritable?: (this: Serial, bytes: number) => void;
			target?: unknown;
		});
		readonly target?: unknown;
		read(): ArrayBuffer | number | undefined;
		/** Throws when the line's buffer has no room for all of it. */
		write(value: ArrayBufferLike | ArrayBufferView | number): void;
		close(): void;
	}
}
