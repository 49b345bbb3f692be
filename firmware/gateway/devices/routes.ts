import { toHex } from "common/hex";
import { JSONError, JSONReader } from "common/json";
import { isDeviceId } from "common/protocol";
import type { Device } from "gateway/devices/device";
import { firmwareLength, isFirmware, isName } from "gateway/devices/names";
import type { JoinRequest, Pairing } from "gateway/devices/pairing";
import type { Registry } from "gateway/devices/registry";
import { type Bound, define, HTTPError, type Request, type Response, type Route, serve } from "gateway/web/route";

export interface DevicesOptions {
	registry: Registry;
	pairing: Pairing;
	/** Milliseconds that do not go back. */
	ticks(): number;
	/** Called when an operator has changed a device. */
	onChange(device: Device): void;
	onRemove(id: string): void;
}

const maximumJoin = 1024;
const maximumCommand = 512;
/** Bytes of a name between its quotes, each character at worst two escapes of six bytes. */
const nameBytes = 384;
const tokenLength = 32;
/** Seconds after which a device that found no room may ask again. */
const retryAfter = "10";

const jsonHeaders = Object.freeze({ "content-type": "application/json" });

const answer = (status: number, body: string): Response => ({ status, headers: jsonHeaders, body });
const done: Response = Object.freeze({ status: 204 });

function known({ registry }: DevicesOptions, request: Request): Device {
	const device = registry.get(request.parameters[0]!);
	if (!device) throw new HTTPError(404, "there is no such device");
	return device;
}

function rename(this: Bound<DevicesOptions>, request: Request, body: Uint8Array): Response {
	const device = known(this.service, request);
	const { name } = readFields(body);
	if (undefined === name || !isName(name)) throw badName();
	this.service.registry.rename(device, name);
	this.service.onChange(device);
	return answer(200, device.format());
}

function remove(this: Bound<DevicesOptions>, request: Request): Response {
	const { id } = known(this.service, request);
	this.service.registry.remove(id);
	this.service.pairing.settled(id);
	this.service.onRemove(id);
	return done;
}

function setPairing(this: Bound<DevicesOptions>, _request: Request, body: Uint8Array): Response {
	const { open } = readFields(body);
	if (undefined === open) throw new HTTPError(400, '"open" is true or false');
	if (open) this.service.pairing.open(this.service.ticks());
	else this.service.pairing.close();
	return answer(200, formatPairing(this.service));
}

function join(this: Bound<DevicesOptions>, _request: Request, body: Uint8Array): Response {
	const { id, name, firmware = "", token } = readFields(body);
	if (undefined === id || !isDeviceId(id))
		throw new HTTPError(400, '"id" is 1 to 15 lower-case letters, digits and hyphens');
	if (undefined === name || !isName(name)) throw badName();
	if (!isFirmware(firmware)) throw new HTTPError(400, `"firmware" is at most ${firmwareLength} ASCII characters`);
	if (undefined === token || !isToken(token)) throw badToken();
	const outcome = this.service.pairing.join(this.service.ticks(), id, name, firmware, token);
	switch (outcome) {
		case "closed":
			throw new HTTPError(403, "pairing is closed");
		case "full":
			throw new HTTPError(503, "too many devices wait", undefined, { "retry-after": retryAfter });
		case "conflict":
			throw new HTTPError(409, "another device waits under this id");
		default:
			return answer(202, JSON.stringify({ code: outcome.code }));
	}
}

function poll(this: Bound<DevicesOptions>, request: Request, body: Uint8Array): Response {
	const { token } = readFields(body);
	if (undefined === token || !isToken(token)) throw badToken();
	const outcome = this.service.pairing.poll(this.service.ticks(), request.parameters[0]!, token);
	switch (outcome) {
		case "pending":
			return answer(202, "{}");
		case "refused":
			throw new HTTPError(403, "the operator refused");
		case "unknown":
			throw new HTTPError(404, "nobody waits under this id and token");
		default:
			return answer(200, JSON.stringify({ key: toHex(outcome.key) }));
	}
}

function accept(this: Bound<DevicesOptions>, request: Request): Response {
	switch (this.service.pairing.accept(this.service.ticks(), request.parameters[0]!)) {
		case "unknown":
			throw nobody();
		case "full":
			throw new HTTPError(409, "there is no room for another device");
		default:
			return done;
	}
}

function refuse(this: Bound<DevicesOptions>, request: Request): Response {
	if ("unknown" === this.service.pairing.refuse(this.service.ticks(), request.parameters[0]!)) throw nobody();
	return done;
}

const definitions = define<DevicesOptions>([
	{
		method: "GET",
		path: "/api/v1/devices",
		scope: "infer",
		handle() {
			return { status: 200, texts: formatDevices(this.service.registry) };
		},
	},
	{ method: "PATCH", path: "/api/v1/devices/*", scope: "admin", maximumBody: maximumCommand, handle: rename },
	{ method: "DELETE", path: "/api/v1/devices/*", scope: "admin", handle: remove },
	{
		method: "GET",
		path: "/api/v1/pairing",
		scope: "infer",
		handle() {
			return answer(200, formatPairing(this.service));
		},
	},
	{ method: "POST", path: "/api/v1/pairing", scope: "admin", maximumBody: maximumCommand, handle: setPairing },
	{ method: "POST", path: "/api/v1/pairing/*/accept", scope: "admin", maximumBody: maximumCommand, handle: accept },
	{ method: "POST", path: "/api/v1/pairing/*/refuse", scope: "admin", maximumBody: maximumCommand, handle: refuse },
	{ method: "POST", path: "/api/v1/join", maximumBody: maximumJoin, handle: join },
	{ method: "POST", path: "/api/v1/join/*", maximumBody: maximumCommand, handle: poll },
]);

/** The Device Manager's part of the API: twins, names, removal, pairing, and how devices join. */
export function deviceRoutes(options: DevicesOptions): Route[] {
	return serve(definitions, options);
}

/** The texts of an array of all twins, one for each: together they would be a tenth of the heap. */
export function* formatDevices(registry: Registry): Generator<string, void> {
	let separator = "[";
	for (const device of registry.values()) {
		yield separator + device.format();
		separator = ",";
	}
	yield "[" === separator ? "[]" : "]";
}

export function formatPairing({ pairing, ticks }: Pick<DevicesOptions, "pairing" | "ticks">): string {
	const remaining = Math.ceil(pairing.remaining(ticks()) / 1000);
	return JSON.stringify({
		open: remaining > 0,
		remaining,
		requests: pairing.requests().map(({ id, name, code, firmware }: JoinRequest) => ({ id, name, code, firmware })),
	});
}

const badName = () => new HTTPError(400, '"name" is 1 to 32 characters, none of them a control character');
const badToken = () => new HTTPError(400, '"token" is 32 lower-case hexadecimal digits');
const nobody = () => new HTTPError(404, "nobody waits under this id");

function isToken(text: string): boolean {
	if (tokenLength !== text.length) return false;
	for (let i = 0; i < tokenLength; i++) {
		const code = text.charCodeAt(i);
		if (!(code >= 0x30 && code <= 0x39) && !(code >= 0x61 && code <= 0x66)) return false;
	}
	return true;
}

interface Fields {
	id?: string;
	name?: string;
	firmware?: string;
	token?: string;
	open?: boolean;
}

/** The fields that these routes know of a JSON object; what it has besides is passed over. */
function readFields(body: Uint8Array): Fields {
	const fields: Fields = {};
	try {
		const reader = new JSONReader(body);
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			switch (key) {
				case "id":
				case "firmware":
				case "token":
					fields[key] = reader.string();
					break;
				case "name":
					fields.name = reader.string(nameBytes);
					break;
				case "open":
					fields.open = reader.boolean();
					break;
				default:
					reader.skip();
			}
		}
		reader.end();
		return fields;
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message, { position: error.position });
		throw error;
	}
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(formatDevices.prototype);
