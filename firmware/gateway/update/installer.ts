/** Brings firmware into the slot that does not run. One file at a time; until its last check has passed, nothing changes. */
import type { Hash } from "common/hmac";
import { FirmwareError } from "gateway/update/firmware-error";
import { type Expected, FirmwareReader } from "gateway/update/firmware-reader";
import type { UpdateHistory } from "gateway/update/update-history";

/** The slot that does not run, opened to append to it. */
export interface Slot {
	write(bytes: Uint8Array): void;
	/** Checks what lies in flash once more, and lets the bootloader start it next. */
	complete(): void;
	close(): void;
}

export interface InstallerOptions {
	readonly expected: Expected;
	readonly createHash: () => Hash;
	/** Opens the other slot; what it held is gone then. */
	open(): Slot;
	readonly history: UpdateHistory;
	/** Whether what runs has yet to be confirmed: the other slot is what it would go back to. */
	isOnTrial(): boolean;
	/** What is told of the last update has changed. */
	onChange(): void;
}

export class Installer {
	readonly options: InstallerOptions;
	#installation: Installation | undefined;
	/** Of what will start next. */
	#installed = "";

	constructor(options: InstallerOptions) {
		this.options = options;
	}

	/** Whether a file is coming in. */
	get busy(): boolean {
		return undefined !== this.#installation;
	}

	/** Makes ready for a file of `length` bytes, negative when that is not known. Throws `FirmwareError`. */
	begin(length: number): Installation {
		if (this.#installation) throw new FirmwareError("busy", "another update is under way");
		if (this.#installed)
			throw new FirmwareError("busy", `version ${this.#installed} is installed and starts in a moment`);
		if (this.options.isOnTrial())
			throw new FirmwareError("busy", "what runs is on trial: the other slot is kept until it is confirmed");
		try {
			this.#installation = new Installation(this, length);
			return this.#installation;
		} catch (error) {
			if (error instanceof FirmwareError) this.ended({ error });
			throw error;
		}
	}

	/** An installation has ended; `error`: why it was refused. */
	ended({ version, error }: { version?: string; error?: unknown }): void {
		this.#installation = undefined;
		if (undefined !== version) this.#installed = version;
		else if (error instanceof FirmwareError) this.options.history.refused(error);
		else return;
		this.options.onChange();
	}
}

/** A file on its way into the slot. */
export class Installation {
	readonly #installer: Installer;
	readonly #reader: FirmwareReader;
	#slot: Slot | undefined;
	#open = true;

	constructor(installer: Installer, length: number) {
		const { expected } = installer.options;
		this.#installer = installer;
		this.#reader = new FirmwareReader({
			expected,
			length,
			createHash: () => installer.options.createHash(),
			onImage: (bytes) => this.store(bytes),
		});
	}

	/** The next bytes. Throws `FirmwareError`, and then it has ended. */
	write(bytes: Uint8Array): void {
		this.attempt(() => this.#reader.write(bytes));
	}

	/** The file is complete: lets it start next, and gives its version. Throws `FirmwareError`. */
	close(): string {
		const { history } = this.#installer.options;
		return this.attempt(() => {
			const { version } = this.#reader.close();
			try {
				history.switching(version);
			} catch (error) {
				throw new FirmwareError("flash", `the store takes nothing: ${(error as Error).message}`, version);
			}
			try {
				this.#slot!.complete();
			} catch (error) {
				history.kept();
				throw new FirmwareError("hash", `what lies in flash does not start: ${(error as Error).message}`, version);
			}
			history.switched(version);
			this.end({ version });
			return version;
		});
	}

	/** The rest does not come. */
	abort(): void {
		if (this.#open) this.end({});
	}

	private attempt<T>(action: () => T): T {
		if (!this.#open) throw new FirmwareError("busy", "this update has ended");
		try {
			return action();
		} catch (error) {
			this.end({ error });
			throw error;
		}
	}

	private store(bytes: Uint8Array): void {
		try {
			this.#slot ??= this.#installer.options.open();
			this.#slot.write(bytes);
		} catch (error) {
			throw new FirmwareError("flash", `the flash does not take it: ${(error as Error).message}`);
		}
	}

	private end(outcome: { version?: string; error?: unknown }): void {
		this.#open = false;
		this.#slot?.close();
		this.#installer.ended(outcome);
	}
}
