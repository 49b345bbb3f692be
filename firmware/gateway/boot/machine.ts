/** The parts that every way to start has in common, on the board's own modules: thin. */
import boot from "boot";
import type { Hash } from "common/hmac";
import { Digest } from "crypt";
import type { BootRecord } from "gateway/boot/boot-record";
import { type Boot, Supervisor, type SupervisorOptions } from "gateway/boot/supervisor";
import { type Mode, System, type SystemOptions, type WiFiStatus } from "gateway/boot/system";
import { openDomain } from "gateway/stored-settings";
import type { Expected } from "gateway/update/firmware-reader";
import { Installer, type InstallerOptions, type Slot } from "gateway/update/installer";
import { openOtherSlot, otherSlotSize } from "gateway/update/other-slot";
import { type Lack, type RecordStorage, UpdateHistory } from "gateway/update/update-history";
import { requestProvisioning } from "gateway/wireless";
import config from "mc/config";
import Timer from "timer";

export interface MachineOptions {
	readonly record: BootRecord;
	readonly mode: Mode;
	readonly name: string;
	readonly ticks: () => number;
	/** What service lacks now; undefined: nothing. */
	lack(): Lack | undefined;
	wifi(): WiFiStatus;
	readonly notices: readonly string[];
	/** Milliseconds after which it restarts by itself; without it, it goes on. */
	readonly lifetime?: number;
	/** What the system tells has changed, but for what changes all the time. */
	onChange(): void;
}

const tickInterval = 1000;
const product = "gateway";

export const bootStorage = (): RecordStorage => openDomain("boot", "string");

/** What the parts ask of one another and of the board, in one object for all: options and functions of each would take more. */
class Machine implements SupervisorOptions, InstallerOptions, SystemOptions {
	readonly given: MachineOptions;
	readonly history: UpdateHistory;
	readonly supervisor: Supervisor;
	readonly installer: Installer;
	readonly #room = otherSlotSize();

	constructor(given: MachineOptions) {
		this.given = given;
		this.history = new UpdateHistory({ storage: given.record.storage, running: boot });
		this.supervisor = new Supervisor(this);
		this.installer = new Installer(this);
	}

	get boot(): Boot {
		return boot;
	}

	get record(): BootRecord {
		return this.given.record;
	}

	get mode(): Mode {
		return this.given.mode;
	}

	get name(): string {
		return this.given.name;
	}

	get version(): string {
		return config.gateway.version;
	}

	get lifetime(): number | undefined {
		return this.given.lifetime;
	}

	get notices(): readonly string[] {
		return this.given.notices;
	}

	get expected(): Expected {
		const { version, chip, firmwareKey: key } = config.gateway;
		return { product, chip, version, key, room: this.#room };
	}

	now(): number {
		return this.given.ticks();
	}

	lack(): Lack | undefined {
		return this.given.lack();
	}

	wifi(): WiFiStatus {
		return this.given.wifi();
	}

	onChange(): void {
		this.given.onChange();
	}

	isBusy(): boolean {
		return this.installer.busy;
	}

	isOnTrial(): boolean {
		return this.supervisor.isOnTrial;
	}

	createHash(): Hash {
		return new Digest("SHA256");
	}

	open(): Slot {
		return openOtherSlot();
	}

	provision(): void {
		requestProvisioning();
	}
}

/** Starts the watchdog and what else keeps the gateway going, and gives what tells of it. */
export function openMachine(options: MachineOptions): System {
	const machine = new Machine(options);
	Timer.repeat(() => machine.supervisor.tick(), tickInterval);
	return new System(machine);
}

/** What this start cannot do without is missing: the next one is in safe mode, or of the firmware before this. */
export function giveUp(record: BootRecord, problem: string): never {
	if (boot.pending) {
		new UpdateHistory({ storage: record.storage, running: boot }).failing("exception");
		return boot.rollback();
	}
	record.giveUp(problem);
	return boot.restart();
}
