// The SDK's module for updates, newer than @moddable/typings 5.6.

declare module "embedded:update" {
	import type { Flash } from "embedded:storage/flash";

	export interface Updater {
		/** Appends with mode "a", else at `byteOffset`. */
		write(bytes: ArrayBufferLike | ArrayBufferView, byteOffset?: number): void;
		/** Checks the image in flash, and lets the bootloader start it next. Throws when it would not start. */
		complete(): void;
		close(): void;
	}

	const Update: {
		/** `partition`: one for an app that does not run, as in "nextota". */
		open(options: { partition: Flash; mode?: "a" | "w"; byteLength?: number }): Updater;
	};
	export default Update;
}
