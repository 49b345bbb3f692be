// What @moddable/typings has for the wearable beside what the tsconfig lists, and what it lacks.

/// <reference path="../../node_modules/@moddable/typings/mc/config.d.ts" />

declare module "embedded:io/analog" {
	/** One measurement at a time, of 0 to 2^resolution - 1. */
	export default class Analog {
		constructor(options: { pin: number });
		readonly resolution: number;
		read(): number;
		close(): void;
	}
}
