import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayClient } from "./gateway-client";
import { root } from "./paths";
import {
	type ChipOptions,
	type Exit,
	MachineError,
	type MachineOptions,
	Simulator,
	type SimulatorOptions,
} from "./simulator";

/** What moves a wearable's sensor; the MPU-6050 chip's `motion` option. */
export type Motion =
	| { readonly source: "gestures"; readonly kinds: readonly ("left" | "right" | "other")[]; readonly pause?: number }
	| { readonly source: "rows"; readonly recordings: readonly (readonly number[])[]; readonly rest: number };

/** The Heltec Wireless Stick's panel, wired as there. */
export const panel: ChipOptions = { chip: "ssd1306", bus: "i2c", address: 0x3c, supply: 21, reset: 16 };

export interface WearableOptions {
	readonly id: string;
	readonly name: string;
	readonly motion: Motion;
	/** Design variables of the wearable app, as its key-value store names them. */
	readonly settings?: Readonly<Record<string, string | number>>;
}

export interface FleetOptions extends Pick<SimulatorOptions, "build" | "speed" | "seed"> {
	readonly port: number;
	readonly wearables: readonly WearableOptions[];
	/** As in `mqtt://127.0.0.1:1883`; none: results stay in the gateway's outbox. */
	readonly broker?: string;
	/** Where the machines keep their flash and key-value stores; by default a temporary directory that `close` removes. */
	readonly directory?: string;
	/** Whether machines start again when they have ended or were reset, as boards do. */
	readonly restarts?: boolean;
	/** The operator's token; a random one by default. */
	readonly token?: string;
}

/** A gateway and its wearables on one simulator. */
export class Fleet {
	readonly simulator: Simulator;
	readonly client: GatewayClient;
	readonly token: string;
	readonly address: string;
	readonly #directory: string;
	readonly #options: FleetOptions;

	private constructor(simulator: Simulator, directory: string, token: string, options: FleetOptions) {
		this.simulator = simulator;
		this.#directory = directory;
		this.token = token;
		this.address = `http://127.0.0.1:${options.port}`;
		this.client = new GatewayClient({ address: this.address, token });
		this.#options = options;
	}

	/** Builds what is needed, starts the gateway and waits until it is ready to infer. */
	static async start(options: FleetOptions): Promise<Fleet> {
		const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "tmlaas-")));
		const token = options.token ?? randomBytes(16).toString("hex");
		const simulator = await Simulator.start({
			build: options.build,
			speed: options.speed,
			seed: options.seed,
		});
		const fleet = new Fleet(simulator, directory, token, options);
		try {
			await fleet.#startGateway();
		} catch (error) {
			await fleet.close();
			throw error;
		}
		return fleet;
	}

	async #startGateway(): Promise<void> {
		let onExit!: (exit: Exit) => void;
		// One that has ended will never be ready.
		const ended = new Promise<never>((_, reject) => {
			onExit = (exit) => {
				if (exit.reason === "panic" || !this.#options.restarts)
					reject(new MachineError(exit, this.simulator.log(exit.machine)));
			};
		});
		this.simulator.on("exit", onExit);
		try {
			await Promise.race([this.#addGateway(), ended]);
		} finally {
			this.simulator.off("exit", onExit);
		}
	}

	async #addGateway(): Promise<void> {
		const { port, broker } = this.#options;
		await this.simulator.add({
			name: "gateway",
			app: join(root, "manifest.json"),
			directory: join(this.#directory, "gateway"),
			storage: {
				gateway: { port, name: "gateway" },
				operator: { token: this.token },
				...(broker ? { cloud: { broker } } : {}),
			},
			restarts: this.#options.restarts,
			chips: [panel],
		});
		await this.client.ready();
	}

	/** Switches the wearables on and admits each, as an operator does on the page. */
	async admit(wearables: readonly WearableOptions[] = this.#options.wearables): Promise<void> {
		for (const wearable of wearables) {
			// Each has the whole time: a fast clock soon closes what was opened for the first.
			await this.client.openPairing();
			await this.simulator.add(this.wearable(wearable));
			await this.client.accept(wearable.id);
		}
		await this.client.closePairing();
	}

	/** A wearable as it is put on the simulator. */
	wearable(options: WearableOptions): MachineOptions {
		return {
			name: options.id,
			app: join(root, "firmware/wearable/manifest.json"),
			directory: join(this.#directory, options.id),
			storage: {
				wearable: {
					id: options.id,
					name: options.name,
					gateway: `127.0.0.1:${this.#options.port}`,
					...options.settings,
				},
			},
			restarts: this.#options.restarts,
			chips: [{ chip: "mpu6050", bus: "i2c", address: 0x68, motion: options.motion }],
		};
	}

	async close(): Promise<void> {
		await this.simulator.close();
		if (this.#options.directory === undefined) await rm(this.#directory, { recursive: true, force: true });
	}
}
