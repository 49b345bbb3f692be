/** The supervisor: executes the commands of the protocol and owns the simulated chips. */
import { type Air, type Link, Radio, type RadioState } from "./air";
import { type ChipContext, type I2CChip, NotAcknowledged, type SPIChip } from "./chip";
import { createChip } from "./chips";
import { fromHex, toHex } from "./hex";
import { host } from "./host";
import type { Application, Command, MachineDescription, Scenario, SimulatorEvent } from "./protocol";

interface Wired {
	bus: "i2c" | "spi";
	/** I2C: the 7-bit address; SPI: the select pin. */
	address: number;
	chip: I2CChip | SPIChip;
}

interface Machine {
	name: string;
	chips: Wired[];
	/** Levels that the app drives. */
	pins: Map<number, number>;
	/** Calls that are due later. */
	pending: Set<object>;
	/** None for an app without WiFi, whose machine is always on line. */
	radio: Radio | undefined;
	/** The last event that told of it. */
	told: string | undefined;
}

/** Where a machine is whose air is not described: it has been told of the network before. */
const usualNetwork = { ssid: "simulated", password: "in the air", association: 5, dhcp: 5 } as const;
const usualAir: Air = { networks: [usualNetwork] };
/** As firmware/common/wifi keeps it. */
const usualStorage = {
	s0: ArrayBuffer.fromString(usualNetwork.ssid),
	p0: ArrayBuffer.fromString(usualNetwork.password),
	last: Uint8Array.of(0).buffer,
};

const machines = new Map<number, Machine>();

function emit(event: SimulatorEvent): void {
	host.emit(JSON.stringify(event));
}

function find(name: string): Machine | undefined {
	for (const machine of machines.values()) {
		if (machine.name === name) {
			return machine;
		}
	}
	return undefined;
}

function after(machine: Machine, milliseconds: number, callback: () => void): () => void {
	const pending = host.after(milliseconds, () => {
		machine.pending.delete(pending);
		callback();
	});
	machine.pending.add(pending);
	return () => {
		if (machine.pending.delete(pending)) {
			host.cancel(pending);
		}
	};
}

function createContext(machine: Machine): ChipContext {
	return {
		now: () => host.now(),
		after: (milliseconds, callback) => after(machine, milliseconds, callback),
		setPin: (pin, value) => host.drive(machine.name, pin, value),
		random: () => Math.random(),
	};
}

const nothing = new Uint8Array(0);
const noAddress = new Uint8Array(6);

function setRadio(machine: Machine, number: number, state: RadioState, link: Link): void {
	const { mode, network, addressed, failure, accessPoint } = state;
	const { ssid = nothing, bssid = noAddress, strength = 0, channel = 0 } = network ?? {};
	host.radio(number, mode, network !== undefined, addressed, failure, ssid, bssid, strength, channel);
	host.link(number, link.carries, link.routes, link.hasInterface);
	const event: SimulatorEvent = {
		event: "radio",
		machine: machine.name,
		station: network ? { ssid: toHex(network.ssid), addressed } : null,
		accessPoint: accessPoint
			? {
					ssid: toHex(accessPoint.ssid),
					password: accessPoint.password ? toHex(accessPoint.password) : null,
					channel: accessPoint.channel,
					hidden: accessPoint.hidden,
				}
			: null,
	};
	const told = JSON.stringify(event);
	if (told !== machine.told) {
		machine.told = told;
		host.emit(told);
	}
}

function createRadio(machine: Machine, number: number, air: Air): Radio {
	return new Radio(air, {
		after: (milliseconds, callback) => after(machine, milliseconds, callback),
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

function add(description: MachineDescription): void {
	const app = JSON.parse(host.read(description.app)) as Application;
	// What an app is can change while the simulator runs.
	const files = [description.app, ...Object.values(app.modules), ...Object.values(app.resources)];
	const stamp = files.map((path) => host.stamp(path)).join("\n");
	if (!host.known(stamp)) {
		host.app(stamp, app);
	}
	const machine: Machine = {
		name: description.name,
		chips: [],
		pins: new Map(),
		pending: new Set(),
		radio: undefined,
		told: undefined,
	};
	const number = host.create(description.name, stamp, description.directory);
	machines.set(number, machine);
	try {
		for (const [domain, entries] of Object.entries(description.storage ?? {})) {
			for (const [key, value] of Object.entries(entries)) {
				host.preset(description.name, domain, key, typeof value === "object" ? fromHex(value.hex) : value);
			}
		}
		if ("wifi" in app.modules) {
			machine.radio = createRadio(machine, number, description.air ?? usualAir);
			if (!description.air && !description.storage?.wifi) {
				for (const [key, value] of Object.entries(usualStorage)) {
					host.preset(description.name, "wifi", key, new Uint8Array(value));
				}
			}
		} else {
			// As with the SDK's `setup/network`, which joins before `main` runs.
			host.radio(number, 1, true, true, 0, new Uint8Array(usualStorage.s0), noAddress, -55, 6);
			host.link(number, true, true, true);
		}
		const context = createContext(machine);
		for (const { chip, bus, address, ...options } of description.chips ?? []) {
			machine.chips.push({ bus, address, chip: createChip(chip, options, context) });
		}
	} catch (error) {
		host.stop(description.name);
		throw error;
	}
	emit({ event: "started", machine: description.name });
	host.start(description.name);
}

function execute(command: Command): void {
	switch (command.do) {
		case "add":
			add(command.machine);
			emit({ event: "reply", id: command.id });
			break;
		case "stop":
			host.report(command.machine, command.id);
			host.stop(command.machine);
			break;
		case "report":
			host.report(command.machine, command.id);
			break;
		case "pin":
			if (!find(command.machine)) {
				throw new Error(`no machine is called ${command.machine}`);
			}
			host.drive(command.machine, command.pin, command.value);
			emit({ event: "reply", id: command.id });
			break;
		case "press": {
			const machine = find(command.machine);
			if (!machine) {
				throw new Error(`no machine is called ${command.machine}`);
			}
			const { pin, milliseconds, id } = command;
			host.drive(machine.name, pin, 0);
			after(machine, milliseconds, () => {
				host.drive(machine.name, pin, 1);
				emit({ event: "reply", id });
			});
			break;
		}
		case "air": {
			const radio = find(command.machine)?.radio;
			if (!radio) {
				throw new Error(`no machine with WiFi is called ${command.machine}`);
			}
			radio.air = command.air;
			emit({ event: "reply", id: command.id });
			break;
		}
		case "datagram":
			host.datagram(command.from, command.address, command.port, fromHex(command.hex));
			emit({ event: "reply", id: command.id });
			break;
		case "chip": {
			const machine = find(command.machine);
			const wired = machine?.chips.find((it) => it.bus === command.bus && it.address === command.address);
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
		const wired = machines.get(number)?.chips.find((it) => it.bus === "i2c" && it.address === address);
		if (!wired) {
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
		if (!wired) {
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
		for (const { bus, address, chip } of machine.chips) {
			if (bus === "spi" && address === pin) {
				(chip as SPIChip).select?.(value === 0);
			}
		}
		emit({ event: "pin", machine: machine.name, pin, value });
	},

	radio(number, request, a, b, ssid, password) {
		const radio = machines.get(number)?.radio;
		return radio?.request(request, a, b, ssid && new Uint8Array(ssid), password && new Uint8Array(password));
	},

	ended(number) {
		const machine = machines.get(number);
		machines.delete(number);
		for (const { chip } of machine?.chips ?? []) {
			chip.close?.();
		}
		for (const pending of machine?.pending ?? []) {
			host.cancel(pending);
		}
	},
});

const scenario = JSON.parse(host.scenario()) as Scenario;
for (const machine of scenario.machines ?? []) {
	add(machine);
}
emit({ event: "ready" });
