/** What the gateway tells of itself as a machine, and how it is updated and restarted. */
import { JSONError, JSONReader } from "common/json";
import type { BootRecord } from "gateway/boot/boot-record";
import type { Boot, Supervisor } from "gateway/boot/supervisor";
import { type FirmwareCode, FirmwareError } from "gateway/update/firmware-error";
import type { Installation, Installer } from "gateway/update/installer";
import { trailerLength } from "gateway/update/trailer";
import type { UpdateHistory } from "gateway/update/update-history";
import {
	type Bound,
	define,
	HTTPError,
	type Request,
	type Response,
	type Route,
	type Sink,
	serve,
} from "gateway/web/route";

export type Mode = "serve" | "safe";

/** How the gateway stands with its network. */
export interface WiFiStatus {
	readonly state: "connected" | "connecting" | "waiting";
	readonly ssid: string;
	/** dBm; null while there is none. */
	readonly rssi: number | null;
	readonly address: string;
	readonly failure: null | "wrong-password" | "not-found" | "no-address" | "lost";
}

export interface SystemOptions {
	readonly name: string;
	readonly version: string;
	readonly mode: Mode;
	readonly boot: Boot;
	readonly record: BootRecord;
	readonly history: UpdateHistory;
	readonly supervisor: Supervisor;
	readonly installer: Installer;
	wifi(): WiFiStatus;
	/** What a person should know and mend. */
	readonly notices: readonly string[];
	/** Lets the next start take new networks. */
	provision(): void;
}

/** Milliseconds from an answer to the restart that it promises: the answer has to get there. */
const restartDelay = 2000;
/** Beyond any flash: what is too large is refused with the room that there is, not by this. */
const maximumFirmware = 0x7fff_ffff;
const maximumBody = 128;
/** Seconds after which an update may be tried again while another is under way. */
const retryAfter = "10";

const octets: readonly string[] = Object.freeze(["application/octet-stream"]);

const statuses: Readonly<Record<FirmwareCode, number>> = Object.freeze({
	"not-an-image": 422,
	"wrong-chip": 422,
	"wrong-product": 422,
	"too-large": 413,
	truncated: 400,
	hash: 422,
	signature: 422,
	"unknown-signer": 403,
	"not-newer": 409,
	busy: 409,
	flash: 500,
});

export class System {
	readonly options: SystemOptions;

	constructor(options: SystemOptions) {
		this.options = options;
	}

	/** JSON on one line. */
	format(): string {
		const { options } = this;
		const { name, version, mode, boot, record, history, supervisor, installer, notices } = options;
		return JSON.stringify({
			name,
			version,
			mode,
			uptime: supervisor.uptime,
			reason: boot.reason,
			failedBoots: record.failures,
			wifi: options.wifi(),
			firmware: {
				slot: boot.slot,
				state: supervisor.isOnTrial ? "pending" : "valid",
				confirmIn: supervisor.confirmIn,
				room: installer.options.expected.room + trailerLength,
				last: history.last ?? null,
			},
			notices: "" === record.unwritten ? notices : [...notices, `starts are not counted: ${record.unwritten}`],
		});
	}

	/** What the panel tells of the last update; empty for nothing. */
	get line(): string {
		const { history, supervisor } = this.options;
		const { confirmIn } = supervisor;
		if (null !== confirmIn) return `trial ${confirmIn} s`;
		return "rolled-back" === history.last?.outcome ? `${history.last.version} rolled back` : "";
	}

	get routes(): Route[] {
		return serve(definitions, this);
	}
}

function attempt<T>(action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (!(error instanceof FirmwareError)) throw error;
		const { code, message, version } = error;
		throw new HTTPError(
			statuses[code],
			message,
			version ? { reason: code, version } : { reason: code },
			"busy" === code ? { "retry-after": retryAfter } : undefined,
		);
	}
}

/** Firmware on its way from a request into the slot. */
class Content implements Sink {
	readonly #system: System;
	readonly #installation: Installation;

	constructor(system: System, length: number) {
		this.#system = system;
		this.#installation = attempt(() => system.options.installer.begin(length));
	}

	write(bytes: Uint8Array): void {
		attempt(() => this.#installation.write(bytes));
	}

	close(): Response {
		const version = attempt(() => this.#installation.close());
		this.#system.options.supervisor.restart(restartDelay);
		return { status: 202, body: JSON.stringify({ version, restartsIn: restartDelay / 1000 }) };
	}

	abort(): void {
		this.#installation.abort();
	}
}

/** `{"mode":"provision"}`: whether the next start is to take new networks. */
function readProvision(body: Uint8Array): boolean {
	if (0 === body.length) return false;
	let mode = "serve";
	try {
		const reader = new JSONReader(body);
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key())
			if ("mode" === key) mode = reader.string(maximumBody);
			else reader.skip();
		reader.end();
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
	if ("serve" !== mode && "provision" !== mode) throw new HTTPError(400, 'mode is "serve" or "provision"');
	return "provision" === mode;
}

function restart(this: Bound<System>, _request: Request, body: Uint8Array): Response {
	const { options } = this.service;
	if (readProvision(body)) options.provision();
	options.supervisor.restart(restartDelay);
	return { status: 202, body: JSON.stringify({ restartsIn: restartDelay / 1000 }) };
}

const definitions = define<System>([
	{
		method: "GET",
		path: "/api/v1/system",
		scope: "infer",
		handle() {
			return { status: 200, body: this.service.format() };
		},
	},
	{
		method: "PUT",
		path: "/api/v1/firmware",
		scope: "admin",
		maximumBody: maximumFirmware,
		accepts: octets,
		handle() {
			throw new HTTPError(400, "a signed firmware file is needed", { reason: "truncated" });
		},
		receive(_request, length) {
			return new Content(this.service, length);
		},
	},
	{ method: "POST", path: "/api/v1/system/restart", scope: "admin", maximumBody, handle: restart },
]);
