/** The parts that every way to start has in common, on the board's own modules: thin. */
import boot from "boot";
import { Digest } from "crypt";
import type { BootRecord } from "gateway/boot/boot-record";
import { Supervisor } from "gateway/boot/supervisor";
import { type Mode, System, type WiFiStatus } from "gateway/boot/system";
import { openDomain } from "gateway/stored-settings";
import { Installer } from "gateway/update/installer";
import { openOtherSlot, otherSlotSize } from "gateway/update/other-slot";
import { type Lack, type RecordStorage, UpdateHistory } from "gateway/update/update-history";
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

/** Starts the watchdog and what else keeps the gateway going, and gives what tells of it. */
export function openMachine(options: MachineOptions): System {
	const { record, mode, name, ticks, lack, wifi, notices, lifetime, onChange } = options;
	const { version, chip, firmwareKey: key } = config.gateway;
	const history = new UpdateHistory({ storage: bootStorage(), running: boot });
	const supervisor: Supervisor = new Supervisor({
		boot,
		record,
		history,
		now: ticks,
		lack,
		...(undefined === lifetime ? {} : { lifetime }),
		isBusy: () => installer.busy,
		onConfirmed: onChange,
	});
	const installer = new Installer({
		expected: { product, chip, version, key, room: otherSlotSize() },
		createHash: () => new Digest("SHA256"),
		open: openOtherSlot,
		history,
		isOnTrial: () => supervisor.isOnTrial,
		onChange,
	});
	Timer.repeat(() => supervisor.tick(), tickInterval);
	return new System({
		...{ name, version, mode, boot, record, history, supervisor, installer, wifi, notices },
		provision() {
			const storage = openDomain("wifi", "buffer");
			storage.write("provision", Uint8Array.of(1));
			storage.close();
		},
	});
}

/** What this start cannot do without is missing: the next one is in safe mode, or of the firmware before this. */
export function giveUp(record: BootRecord, problem: string): never {
	if (boot.pending) {
		new UpdateHistory({ storage: bootStorage(), running: boot }).failing("exception");
		return boot.rollback();
	}
	record.giveUp(problem);
	return boot.restart();
}
