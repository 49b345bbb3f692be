import { Device, DeviceTable, decodeDevice, encodeDevice } from "gateway/devices/device";

/** One domain of the key-value store, format "buffer". A write is there as a whole or not at all. */
export interface Store extends Iterable<string> {
	read(key: string): unknown;
	write(key: string, value: Uint8Array): void;
	delete(key: string): void;
}

/** Devices at most. */
export const maximumDevices = 32;

/** How far ahead a device's counter is stored, so that flash is not written for each request. */
const counterBlock = 256;

/** The devices that the gateway knows, each in one entry of the store under its id. */
export class Registry {
	readonly #store: Store;
	/** One more row, for a device that is admitted anew while its old row still counts. */
	readonly #table = new DeviceTable(maximumDevices + 1);
	readonly #devices = new Map<string, Device>();

	constructor(options: { store: Store }) {
		this.#store = options.store;
		for (const id of this.#store) {
			if (maximumDevices === this.#devices.size) break;
			const bytes = this.read(id);
			const device = bytes ? decodeDevice(this.#table, this.freeRow(), id, bytes) : undefined;
			if (device) this.#devices.set(id, device);
		}
	}

	get size(): number {
		return this.#devices.size;
	}

	get(id: string): Device | undefined {
		return this.#devices.get(id);
	}

	values(): IterableIterator<Device> {
		return this.#devices.values();
	}

	/**
	 * Makes the device known, from now on by this key (32 bytes). One that was known keeps its counts, but neither its
	 * key nor its counters: it may have lost them. Undefined when there is no room.
	 */
	admit(id: string, name: string, firmware: string, key: Uint8Array): Device | undefined {
		const before = this.#devices.get(id);
		if (!before && this.#devices.size >= maximumDevices) return;
		const device = new Device(this.#table, this.freeRow(), id, name, firmware, key);
		if (before) {
			device.windows = before.windows;
			device.rejected = before.rejected;
			device.lastSeen = before.lastSeen;
		}
		this.write(device);
		this.#devices.set(id, device);
		return device;
	}

	rename(device: Device, name: string): void {
		const before = device.name;
		device.name = name;
		try {
			this.write(device);
		} catch (error) {
			device.name = before;
			throw error;
		}
	}

	remove(id: string): void {
		this.#store.delete(id);
		this.#devices.delete(id);
	}

	/** Accepts a counter that is greater than the device's; the store says so first. */
	advance(device: Device, counter: number): void {
		if (counter > device.ceiling) {
			const before = device.ceiling;
			device.ceiling = Math.min(counter + counterBlock - 1, Number.MAX_SAFE_INTEGER);
			try {
				this.write(device);
			} catch (error) {
				// What the store does not say is not so: the next request has to try again.
				device.ceiling = before;
				throw error;
			}
		}
		device.counter = counter;
	}

	/** Stores the twins that have changed. */
	flush(): void {
		for (const device of this.#devices.values()) if (device.changed) this.write(device);
	}

	/** Undefined for what are no bytes, which the store tells by an error. */
	private read(id: string): Uint8Array | undefined {
		try {
			const bytes = this.#store.read(id);
			return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : undefined;
		} catch (error) {
			if (!(error instanceof TypeError)) throw error;
		}
	}

	private freeRow(): number {
		const used = new Uint8Array(maximumDevices + 1);
		for (const { row } of this.#devices.values()) used[row] = 1;
		return used.indexOf(0);
	}

	private write(device: Device): void {
		this.#store.write(device.id, encodeDevice(device));
		device.changed = false;
	}
}
