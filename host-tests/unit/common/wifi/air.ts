import { maximumNetworks, type Networks } from "common/wifi/networks";
import { type Radio, recoveryTime, Supervisor } from "common/wifi/supervisor";

/** A network as it is now. */
export interface Weather {
	password: string;
	/** dBm; undefined: not in reach. */
	strength: number | undefined;
	/** Whether it gives addresses. */
	leases: boolean;
	/** Whether scans show it. */
	hidden?: boolean;
	/** Milliseconds that it takes to join, and to give an address. */
	latency: number;
}

/** A radio in virtual time, among networks that come and go, and a supervisor on it. */
export class Air implements Radio {
	readonly supervisor: Supervisor;
	readonly networks: Networks;
	readonly weather = new Map<string, Weather>();
	/** What the supervisor did: `join home`, `leave`, `scan`. */
	readonly log: string[] = [];
	now = 0;
	changes = 0;
	/** Whether the radio answers at all. */
	mute = false;
	#events: { at: number; run: () => void }[] = [];
	#link: string | undefined;
	#address: string | undefined;

	constructor(networks: Networks, random: () => number = () => 0) {
		this.networks = networks;
		this.supervisor = new Supervisor({ networks, radio: this, random });
	}

	set(ssid: string, weather: Partial<Weather>): void {
		const before = this.weather.get(ssid) ?? { password: "", strength: -50, leases: true, latency: 2000 };
		this.weather.set(ssid, { ...before, ...weather });
		if (ssid !== this.#link) return;
		const now = this.weather.get(ssid)!;
		if (undefined === now.strength) this.drop();
		else if (!now.leases) this.#address = undefined;
	}

	drop(): void {
		this.#link = undefined;
		this.#address = undefined;
		this.#events = [];
		this.#after(100, () => this.supervisor.failed(this.now, "lost"));
	}

	join(slot: number): void {
		const ssid = this.networks.ssid(slot)!;
		const password = this.networks.password(slot);
		this.log.push(`join ${ssid}`);
		this.#forget();
		if (this.mute) return;
		const latency = this.weather.get(ssid)?.latency ?? 2000;
		this.#after(latency, () => {
			const network = this.weather.get(ssid);
			if (undefined === network?.strength) this.supervisor.failed(this.now, "not-found");
			else if (network.password !== password) this.supervisor.failed(this.now, "wrong-password");
			else {
				this.#link = ssid;
				this.supervisor.joined(this.now);
				if (network.leases)
					this.#after(latency, () => {
						this.#address = "192.168.1.9";
						this.supervisor.addressed(this.now);
					});
			}
		});
	}

	leave(): void {
		this.log.push("leave");
		this.#forget();
	}

	scan(): void {
		this.log.push("scan");
		if (this.mute) return;
		this.#after(2000, () => {
			for (const [ssid, { strength, hidden }] of this.weather)
				if (undefined !== strength && !hidden) this.supervisor.found(ssid, strength);
			this.supervisor.scanned(this.now);
		});
	}

	address(): string | undefined {
		return this.#address;
	}

	changed(): void {
		this.changes++;
	}

	get online(): boolean {
		return "connected" === this.supervisor.state;
	}

	/** The SSID that the supervisor is on or tries. */
	get ssid(): string | undefined {
		const { slot } = this.supervisor;
		return undefined === slot ? undefined : this.networks.ssid(slot);
	}

	start(): void {
		this.supervisor.start(this.now);
	}

	/** Lets time pass up to `until`, event by event. */
	run(until: number, stop: () => boolean = () => false): void {
		for (let count = 0; !stop(); count++) {
			if (count > 1_000_000) throw new Error("time does not pass");
			const due = this.supervisor.due ?? Number.POSITIVE_INFINITY;
			let next = this.#events[0];
			for (const event of this.#events) if (event.at < next!.at) next = event;
			const at = Math.max(this.now, Math.min(due, next?.at ?? Number.POSITIVE_INFINITY));
			if (at > until) {
				this.now = until;
				return;
			}
			this.now = at;
			if (next && next.at <= at) {
				this.#events.splice(this.#events.indexOf(next), 1);
				next.run();
			} else this.supervisor.tick(at);
		}
	}

	#forget(): void {
		this.#events = [];
		this.#link = undefined;
		this.#address = undefined;
	}

	#after(delay: number, run: () => void): void {
		this.#events.push({ at: this.now + delay, run });
	}
}

export { maximumNetworks, recoveryTime };
