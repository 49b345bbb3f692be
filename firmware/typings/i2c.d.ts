// @moddable/typings 5.6 lacks `close` of ECMA-419's I2C.

declare module "embedded:io/i2c" {
	import type { Buffer, PinSpecifier, PortSpecifier } from "embedded:io/_common";

	export default class I2C {
		constructor(options: {
			data: PinSpecifier;
			clock: PinSpecifier;
			hz: number;
			/** 7 bits. */
			address: number;
			port?: PortSpecifier;
			format?: "buffer";
			target?: unknown;
		});
		write(bytes: Buffer, stop?: boolean): void;
		read(byteLength: number, stop?: boolean): ArrayBuffer;
		read(into: Buffer, stop?: boolean): number;
		close(): void;
	}
}
