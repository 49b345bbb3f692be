/** The supervisor: executes the commands of the protocol and owns the simulated chips. */

import { type BoardFlash, chooseSlot, type Slots } from "../bootloader/bootloader";
import { readFirmware } from "../bootloader/firmware";
import { Chip, type Image, ImageError, type ImageSource, verifyImage } from "../bootloader/image";
import { Updates } from "../bootloader/updates";
import { isOpen } from "../partitions";
import { type Air, type Link, type Present, present, Radio, type RadioState } from "./air";
import { type ChipContext, type I2CChip, NotAcknowledged, type SPIChip } from "./chip";
import { createChip } from "./chips";
import { fromHex, toHex } from "./hex";
import { host, resetReasons } from "./host";
import type {
	Application,
	Command,
	MachineDescription,
	PowerCut,
	Radio as RadioTold,
	ResetReason,
	Scenario,
	SimulatorEvent,
} from "./protocol";

interface Wired {
	bus: "i2c" | "spi";
	/** I2C: the 7-bit address; SPI: the select pin. */
	address: number;
	/** Pins that it needs: low, and high. */
	supply: number | undefined;
	reset: number | undefined;
	chip: I2CChip | SPIChip;
	/** Makes it anew. */
	create(): I2CChip | SPIChip;
}

/** A device: what of it is there from its start to its end, restarts included. */
interface Machine {
	name: string;
	description: MachineDescription;
	partitions: Application["partitions"];
	chips: Wired[];
	/** What its chips wait for. */
	chipPending: Pending;
	/** Levels that the app drives. */
	pins: Map<number, number>;
	/** Levels that it is driven with from outside. */
	levels: Map<number, 0 | 1>;
	/** What outlives a restart: buttons that are held. */
	pending: Pending;
	/** None for an app without WiFi, whose machine is always on line. */
	radio: Radio | undefined;
	/** What its radio waits for. */
	radioPending: Pending;
	/** The networks around it, */
	networks: readonly Present[];
	/** and what ends each of the changes to come. */
	weather: (() => void)[];
	/** The last event that told of its radio. */
	told: string | undefined;
	/** How it writes new firmware and says how that fares, while it runs. */
	updates: Updates | undefined;
	/** It has the entries that it is added with. */
	isPreset: boolean;
	/** Its number while it runs. */
	number: number | undefined;
	/** Its next start, while it waits for that. */
	starting: object | undefined;
}

/** From a reset to the app's start: ROM, bootloader with its check of the image, and the runtime's own start. */
const bootTime = 500;

/** Where a machine is whose air is not described: it has been told of the network before. */
const usualNetwork = { ssid: "simulated", password: "in the air", association: 5, dhcp: 5 } as const;
const usualAir: Air = { networks: [usualNetwork] };
/** As firmware/common/wifi keeps it. */
const usualStorage = {
	s0: ArrayBuffer.fromString(usualNetwork.ssid),
	p0: ArrayBuffer.fromString(usualNetwork.password),
	last: Uint8Array.of(0).buffer,
};

const scenario = JSON.parse(host.scenario()) as Scenario;
const machines = new Map<number, Machine>();
const byName = new Map<string, Machine>();

function emit(event: SimulatorEvent): void {
	host.emit(JSON.stringify(event));
}

/** The machine of that name; throws when there is none. */
function find(name: string): Machine {
	const machine = byName.get(name);
	if (!machine) {
		throw new Error(`no machine is called ${name}`);
	}
	return machine;
}

type Pending = Set<object>;

/** What the stepped clock itself waits for. */
const clock: Pending = new Set();

/** Calls back later, unless what it gives, or `cancelAll`, ends that. */
function after(pending: Pending, milliseconds: number, callback: () => void): () => void {
	const timer = host.after(milliseconds, () => {
		pending.delete(timer);
		callback();
	});
	pending.add(timer);
	return () => {
		if (pending.delete(timer)) {
			host.cancel(timer);
		}
	};
}

function cancelAll(pending: Pending): void {
	for (const timer of pending) {
		host.cancel(timer);
	}
	pending.clear();
}

function drive(machine: Machine, pin: number, value: 0 | 1): void {
	machine.levels.set(pin, value);
	host.drive(machine.name, pin, value);
}

function wire(machine: Machine): void {
	const context: ChipContext = {
		now: () => host.now(),
		after: (milliseconds, callback) => after(machine.chipPending, milliseconds, callback),
		setPin: (pin, value) => drive(machine, pin, value),
		random: () => Math.random(),
	};
	for (const { chip, bus, address, supply, reset, ...options } of machine.description.chips ?? []) {
		const create = () => createChip(chip, options, context);
		machine.chips.push({ bus, address, supply, reset, chip: create(), create });
	}
}

/** Whether the chip has its supply and is not held in reset. */
function works({ pins }: Machine, { supply, reset }: Wired): boolean {
	return (supply === undefined || pins.get(supply) === 0) && (reset === undefined || pins.get(reset) === 1);
}

/** What a chip knew is gone with its supply, and with a reset. */
function forget(wired: Wired): void {
	wired.chip.close?.();
	wired.chip = wired.create();
}

function unwire(machine: Machine): void {
	for (const { chip } of machine.chips) {
		chip.close?.();
	}
	machine.chips = [];
	cancelAll(machine.chipPending);
}

/** From now on, restarts included. */
function setAir(machine: Machine, air: Air): void {
	const turn = (networks: readonly Present[]) => {
		machine.networks = networks;
		if (machine.radio) {
			machine.radio.networks = networks;
		}
	};
	const now = present(air.networks);
	const later = (air.later ?? []).map(({ at, networks }) => ({ at, networks: present(networks) }));
	for (const cancel of machine.weather) {
		cancel();
	}
	machine.weather = later.map(({ at, networks }) => after(machine.pending, at, () => turn(networks)));
	turn(now);
}

const nothing = new Uint8Array(0);
const noAddress = new Uint8Array(6);

function setRadio(machine: Machine, number: number, state: RadioState, link: Link): void {
	const { mode, network, addressed, failure, accessPoint } = state;
	const { ssid = nothing, bssid = noAddress, strength = 0, channel = 0 } = network ?? {};
	const own = accessPoint?.address ?? "";
	host.radio(number, mode, network !== undefined, addressed, failure, ssid, bssid, strength, channel, own);
	host.link(number, link.carries, link.routes, link.hasInterface);
	tellRadio(
		machine,
		network ? { ssid: toHex(network.ssid), addressed } : null,
		accessPoint
			? {
					address: accessPoint.address,
					ssid: toHex(accessPoint.ssid),
					password: accessPoint.password ? toHex(accessPoint.password) : null,
					channel: accessPoint.channel,
					hidden: accessPoint.hidden,
				}
			: null,
	);
}

function tellRadio(machine: Machine, station: RadioTold["station"], accessPoint: RadioTold["accessPoint"]): void {
	const told = JSON.stringify([station, accessPoint]);
	if (told !== machine.told) {
		machine.told = told;
		emit({ event: "radio", machine: machine.name, at: host.now(), station, accessPoint });
	}
}

function createRadio(machine: Machine, number: number): Radio {
	return new Radio(machine.networks, {
		after: (milliseconds, callback) => after(machine.radioPending, milliseconds, callback),
		notify: (message, reason) => host.notify(number, message, reason),
		found(it) {
			if (it === undefined) {
				host.found(number);
			} else {
				host.found(number, it.ssid, it.bssid, it.strength, it.channel, it.hidden, it.authentication);
			}
		},
		changed: (state, link) => setRadio(machine, number, state, link),
	});
}

/** What an app is can change while the simulator runs. */
function readApp(path: string): { stamp: string; app: Application } {
	const app = JSON.parse(host.read(path)) as Application;
	const files = [path, ...Object.values(app.modules), ...Object.values(app.resources)];
	const stamp = files.map((file) => host.stamp(file)).join("\n");
	if (!host.known(stamp)) {
		host.app(stamp, app);
	}
	return { stamp, app };
}

/** The board's flash; what it throws when the power was cut is for those who look at `host.power`. */
function flashOf(machine: Machine): BoardFlash {
	const { name } = machine;
	return {
		size: (partition) => machine.partitions.find((it) => it.name === partition)?.size,
		read: (partition, offset, length) => new Uint8Array(host.flashRead(name, partition, offset, length)),
		write: (partition, offset, bytes) => host.flashWrite(name, partition, offset, bytes),
		erase: (partition, block) => host.flashErase(name, partition, block),
	};
}

function slotsOf(machine: Machine): Slots {
	const { partitions } = machine;
	const labels = partitions.filter(({ type, subtype }) => type === "app" && /^ota_\d+$/.test(subtype));
	return {
		labels: labels.map(({ name }) => name),
		hasFactory: partitions.some(({ type, subtype }) => type === "app" && subtype === "factory"),
		isBootable: (label) => isAsAdded(machine, label) || imageIn(machine, label) !== undefined,
	};
}

/** Whether that slot has what the machine was added with, which is in no image: nothing was written to it since. */
function isAsAdded({ name, partitions }: Machine, label: string): boolean {
	const first = partitions.find(({ type }) => type === "app")?.name;
	return label === first && !host.flashWritten(name, label);
}

function sourceOf({ name, partitions }: Machine, label: string): ImageSource {
	return {
		size: partitions.find((it) => it.name === label)!.size,
		read: (offset, length) => new Uint8Array(host.flashRead(name, label, offset, length)),
		hash: (length) => new Uint8Array(host.flashHash(name, label, length)),
	};
}

/** What a simulated board is: an ESP32 of revision 3.1. */
const identity = { chip: Chip.esp32, revision: 301 } as const;

function imageIn(machine: Machine, label: string): Image | undefined {
	try {
		return verifyImage(sourceOf(machine, label), identity);
	} catch (error) {
		if (error instanceof ImageError) {
			return undefined;
		}
		throw error;
	}
}

/** The app in a slot. Throws when there is an image that is none of the simulator's. */
function readSlot(machine: Machine, label: string): { stamp: string; modules: Readonly<Record<string, unknown>> } {
	if (!hasApps(machine) || isAsAdded(machine, label)) {
		const { stamp, app } = readApp(machine.description.app);
		return { stamp, modules: app.modules };
	}
	const source = sourceOf(machine, label);
	const image = imageIn(machine, label)!;
	const firmware = readFirmware(source, image, (bytes) => String.fromArrayBuffer(bytes.slice().buffer));
	const stamp = `image ${toHex(source.hash(image.length))}`;
	if (!host.known(stamp)) {
		const path = `${machine.description.directory}/${label}.bin`;
		host.app(stamp, { ...firmware, manifest: `${firmware.name} ${firmware.version}`, image: path });
	}
	return { stamp, modules: firmware.modules };
}

/** A board whose table has no partition for apps starts what it was added with. */
function choose(machine: Machine): string | undefined {
	return hasApps(machine) ? chooseSlot(flashOf(machine), slotsOf(machine)) : "factory";
}

function hasApps({ partitions }: Machine): boolean {
	return partitions.some(({ type }) => type === "app");
}

/** Bootloader, then the app. */
function start(machine: Machine, reason: ResetReason): void {
	const { name } = machine;
	let slot: string | undefined;
	try {
		host.power(name, true);
		slot = choose(machine);
	} catch (error) {
		if (host.power(name)) {
			throw error;
		}
		endBeforeStart(machine, "power cut", "power", "");
		return;
	}
	if (slot === undefined) {
		endBeforeStart(machine, "no firmware", "other", "no slot has an image that may be started");
		return;
	}
	let app: { stamp: string; modules: Readonly<Record<string, unknown>> };
	try {
		app = readSlot(machine, slot);
	} catch (error) {
		// A board would jump into it.
		endBeforeStart(machine, "not the simulator's firmware", "panic", String(error));
		return;
	}
	const number = host.create(name, app.stamp, resetReasons.indexOf(reason), slot);
	machine.number = number;
	machine.updates = new Updates({ flash: flashOf(machine), slots: slotsOf(machine), running: slot });
	machines.set(number, machine);
	for (const [pin, level] of machine.levels) {
		host.drive(name, pin, level);
	}
	if ("wifi" in app.modules) {
		machine.radio = createRadio(machine, number);
	} else {
		// As with the SDK's `setup/network`, which joins before `main` runs.
		host.radio(number, 1, true, true, 0, new Uint8Array(usualStorage.s0), noAddress, -55, 6, "");
		host.link(number, true, true, true);
	}
	if (!machine.isPreset) {
		preset(machine);
	}
	emit({ event: "started", machine: name });
	host.start(name);
}

/** It ended with no app running. */
function endBeforeStart(machine: Machine, cause: string, reason: ResetReason, message: string): void {
	emit({ event: "exit", machine: machine.name, cause, message, stack: "", reason, report: null });
	if (machine.description.restarts && reason !== "other") {
		restart(machine, reason);
	} else {
		remove(machine);
	}
}

/** What app_update does, by the host's SimUpdate. */
function update(updates: Updates, operation: number, argument: number, bytes = nothing): boolean {
	switch (operation) {
		case 0:
			return updates.isPending;
		case 1:
			return updates.confirm();
		case 2:
			return updates.rollBack();
		case 3:
			return updates.begin(String.fromArrayBuffer(bytes.slice().buffer), argument < 0 ? undefined : argument);
		case 4:
			return updates.write(bytes, argument < 0 ? undefined : argument);
		case 5:
			return updates.complete();
		default:
			updates.abort();
			return true;
	}
}

/** Entries that it does not have yet. */
function preset(machine: Machine): void {
	const { name, storage, air } = machine.description;
	machine.isPreset = true;
	for (const [domain, entries] of Object.entries(storage ?? {})) {
		for (const [key, value] of Object.entries(entries)) {
			host.preset(name, domain, key, typeof value === "object" ? fromHex(value.hex) : value);
		}
	}
	if (machine.radio && !air && !storage?.wifi) {
		for (const [key, value] of Object.entries(usualStorage)) {
			host.preset(name, "wifi", key, new Uint8Array(value));
		}
	}
}

function add(description: MachineDescription): void {
	const { name, directory, air, cutPower } = description;
	const { partitions } = readApp(description.app).app;
	host.board(
		name,
		directory,
		partitions.map((partition) => ({ ...partition, open: isOpen(partition) ? 1 : 0 })),
	);
	const machine: Machine = {
		name,
		description,
		partitions,
		chips: [],
		chipPending: new Set(),
		pins: new Map(),
		levels: new Map(),
		pending: new Set(),
		radio: undefined,
		radioPending: new Set(),
		networks: [],
		weather: [],
		told: undefined,
		updates: undefined,
		isPreset: false,
		number: undefined,
		starting: undefined,
	};
	byName.set(name, machine);
	try {
		setAir(machine, air ?? usualAir);
		wire(machine);
		cut(name, cutPower ?? null);
		start(machine, "power");
	} catch (error) {
		if (machine.number === undefined) {
			remove(machine);
		} else {
			host.stop(name);
		}
		throw error;
	}
}

/** It is over for good. */
function remove(machine: Machine): void {
	unwire(machine);
	cancelAll(machine.pending);
	if (machine.starting) {
		host.cancel(machine.starting);
	}
	byName.delete(machine.name);
	host.unboard(machine.name);
}

function cut(name: string, cutPower: PowerCut | null): void {
	if (cutPower) {
		host.cut(name, cutPower.nth, 1 + ["before", "after", "torn"].indexOf(cutPower.how));
	} else {
		host.cut(name, 0, 0);
	}
}

/** Starts it again as a board starts after a reset; what is wired to it notices only when the power was gone. */
function restart(machine: Machine, reason: ResetReason): void {
	if (reason === "power") {
		unwire(machine);
	}
	machine.starting = host.after(bootTime, () => {
		machine.starting = undefined;
		machine.pins.clear();
		if (reason === "power") {
			wire(machine);
		} else {
			machine.chips.filter((it) => !works(machine, it)).forEach(forget);
		}
		start(machine, reason);
	});
}

function execute(command: Command): void {
	switch (command.do) {
		case "add":
			add(command.machine);
			emit({ event: "reply", id: command.id });
			break;
		case "stop": {
			const machine = find(command.machine);
			if (machine.number === undefined) {
				emit({ event: "reply", id: command.id, report: null });
				remove(machine);
			} else {
				host.report(command.machine, command.id, false);
				host.stop(command.machine);
			}
			break;
		}
		case "reset":
			host.reset(command.machine, resetReasons.indexOf(command.reason));
			emit({ event: "reply", id: command.id });
			break;
		case "cutPower":
			cut(command.machine, command.cut);
			emit({ event: "reply", id: command.id });
			break;
		case "wear":
			host.wear(command.machine, command.id);
			break;
		case "report":
			host.report(command.machine, command.id, true === command.collect);
			break;
		case "pin":
			drive(find(command.machine), command.pin, command.value);
			emit({ event: "reply", id: command.id });
			break;
		case "press": {
			const machine = find(command.machine);
			const { pin, milliseconds, id } = command;
			drive(machine, pin, 0);
			after(machine.pending, milliseconds, () => {
				drive(machine, pin, 1);
				emit({ event: "reply", id });
			});
			break;
		}
		case "air":
			setAir(find(command.machine), command.air);
			emit({ event: "reply", id: command.id });
			break;
		case "run": {
			const { milliseconds, id } = command;
			if (scenario.clock !== "stepped") {
				throw new Error("the clock is not stepped");
			}
			host.hold(false);
			after(clock, milliseconds, () => {
				// Another step may be under way.
				host.hold(clock.size === 0);
				emit({ event: "reply", id, result: host.now() });
			});
			break;
		}
		case "serial":
			if (!host.serial(command.machine, command.port, fromHex(command.hex))) {
				throw new Error(`${command.machine} does not read serial port ${command.port}, or not fast enough`);
			}
			emit({ event: "reply", id: command.id });
			break;
		case "datagram":
			host.datagram(command.from, command.address, command.port, fromHex(command.hex));
			emit({ event: "reply", id: command.id });
			break;
		case "chip": {
			const machine = find(command.machine);
			const wired = machine.chips.find((it) => it.bus === command.bus && it.address === command.address);
			if (!wired?.chip.request) {
				throw new Error(`${command.machine} has no chip at ${command.bus} ${command.address} that answers requests`);
			}
			emit({ event: "reply", id: command.id, result: wired.chip.request(command.request) });
			break;
		}
		case "quit":
			host.quit();
			break;
		default:
			throw new Error("unknown command");
	}
}

host.handle({
	command(line) {
		let id: number | undefined;
		try {
			const command = JSON.parse(line) as Command;
			id = "id" in command ? command.id : undefined;
			execute(command);
		} catch (error) {
			if (id === undefined) {
				emit({ event: "error", message: String(error), command: line });
			} else {
				emit({ event: "reply", id, error: String(error) });
			}
		}
	},

	i2c(number, address, count, bytes) {
		const machine = machines.get(number);
		const wired = machine?.chips.find((it) => it.bus === "i2c" && it.address === address);
		if (!machine || !wired || !works(machine, wired)) {
			return false;
		}
		const chip = wired.chip as I2CChip;
		try {
			if (bytes) {
				chip.write(new Uint8Array(bytes));
				return true;
			}
			return chip.read(count).slice().buffer;
		} catch (error) {
			if (error instanceof NotAcknowledged) {
				return false;
			}
			throw error;
		}
	},

	spi(number, select, _, bytes) {
		const machine = machines.get(number);
		const wired = machine?.chips.find(
			(it) => it.bus === "spi" && (select < 0 ? machine.pins.get(it.address) === 0 : it.address === select),
		);
		if (!machine || !wired || !works(machine, wired)) {
			return false;
		}
		const chip = wired.chip as SPIChip;
		if (select >= 0) {
			chip.select?.(true);
		}
		const answer = chip.transfer(new Uint8Array(bytes)).slice().buffer;
		if (select >= 0) {
			chip.select?.(false);
		}
		return answer;
	},

	pin(number, pin, value) {
		const machine = machines.get(number);
		if (!machine) {
			return;
		}
		machine.pins.set(pin, value);
		for (const wired of machine.chips) {
			if (wired.bus === "spi" && wired.address === pin) {
				(wired.chip as SPIChip).select?.(value === 0);
			}
			if ((wired.supply === pin || wired.reset === pin) && !works(machine, wired)) {
				forget(wired);
			}
		}
		emit({ event: "pin", machine: machine.name, pin, value });
	},

	radio(number, request, a, b, ssid, password) {
		const radio = machines.get(number)?.radio;
		return radio?.request(request, a, b, ssid && new Uint8Array(ssid), password && new Uint8Array(password));
	},

	update(number, operation, argument, bytes) {
		const machine = machines.get(number);
		if (!machine?.updates) {
			return false;
		}
		try {
			return update(machine.updates, operation, argument, bytes && new Uint8Array(bytes));
		} catch (error) {
			if (!host.power(machine.name)) {
				return false; // nobody hears it: the machine has ended
			}
			throw error;
		}
	},

	ended(number, reset) {
		const machine = machines.get(number);
		if (!machine) {
			return; // it could not be made
		}
		machines.delete(number);
		machine.number = undefined;
		if (machine.told !== undefined) {
			tellRadio(machine, null, null);
		}
		machine.radio = undefined;
		machine.updates = undefined;
		cancelAll(machine.radioPending);
		const reason = resetReasons[reset];
		// What awaits for ever on a board stands still there.
		if (reason && reason !== "other" && machine.description.restarts) {
			restart(machine, reason);
		} else {
			remove(machine);
		}
	},
});

for (const machine of scenario.machines ?? []) {
	add(machine);
}
emit({ event: "ready" });
