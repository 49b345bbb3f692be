/** The supervisor: executes the commands of the protocol and owns the simulated chips. */
import { type ChipContext, type I2CChip, NotAcknowledged, type SPIChip } from "./chip";
import { createChip } from "./chips";
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
}

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

function createContext(machine: Machine): ChipContext {
	return {
		now: () => host.now(),
		after(milliseconds, callback) {
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
		},
		setPin: (pin, value) => host.drive(machine.name, pin, value),
		random: () => Math.random(),
	};
}

function add(description: MachineDescription): void {
	const app = JSON.parse(host.read(description.app)) as Application;
	// What an app is can change while the simulator runs.
	const files = [description.app, ...Object.values(app.modules), ...Object.values(app.resources)];
	const stamp = files.map((path) => host.stamp(path)).join("\n");
	if (!host.known(stamp)) {
		host.app(stamp, app);
	}
	const machine: Machine = { name: description.name, chips: [], pins: new Map(), pending: new Set() };
	const number = host.create(description.name, stamp, description.directory);
	machines.set(number, machine);
	try {
		for (const [domain, entries] of Object.entries(description.storage ?? {})) {
			for (const [key, value] of Object.entries(entries)) {
				host.preset(description.name, domain, key, value);
			}
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
