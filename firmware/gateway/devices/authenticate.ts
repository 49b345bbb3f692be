import { isHex } from "common/ascii";
import { Header, Limits, signedText } from "common/protocol";
import type { Device } from "gateway/devices/device";
import { isFirmware } from "gateway/devices/names";
import type { Registry } from "gateway/devices/registry";
import { HTTPError, type Request } from "gateway/web/route";

/** A SHA-256 that takes text as its UTF-8, as `crypt`'s Digest does. */
export interface TextHash {
	write(data: string | Uint8Array): void;
	/** The digest, 32 bytes; the hash is spent until `reset`. */
	close(): ArrayBuffer;
	reset(): void;
}

/** Why a request was not believed, told as `reason` beside the problem. */
export type Rejection = "unknown-device" | "signature" | "stale-counter";

const challenge = Object.freeze({ "www-authenticate": "TMLaaS-HMAC-SHA256" });

const blockLength = 64;

export interface AuthenticatorOptions {
	registry: Registry;
	createHash(): TextHash;
	/** Milliseconds since 1970. */
	now(): number;
	/** Called when a request in the name of a known device was refused. */
	onReject(device: Device): void;
	/** Called when a device's first request since it was admitted, or since the start, was accepted. */
	onFirst(device: Device): void;
}

/** Judges signed requests: known device, unaltered, never seen before. */
export class Authenticator {
	readonly #options: AuthenticatorOptions;
	/** The key of the device that was heard last, under the inner and the outer pad. */
	readonly #pads = new Int32Array((2 * blockLength) / 4);
	readonly #inner = new Uint8Array(this.#pads.buffer, 0, blockLength);
	readonly #outer = new Uint8Array(this.#pads.buffer, blockLength);
	/** One after the other for the inner and the outer hash. */
	readonly #hash: TextHash;
	#padded: Device | undefined;
	#strangers = 0;

	constructor(options: AuthenticatorOptions) {
		this.#options = options;
		this.#hash = options.createHash();
	}

	/** Requests in names that are not known, since the start. */
	get strangers(): number {
		return this.#strangers;
	}

	/** The device whose request it is, `window` and status set. Throws `HTTPError` 401 with `reason`, or 400. */
	authenticate(request: Request, body: Uint8Array): Device {
		const { registry, now } = this.#options;
		const { headers } = request;
		const id = headers.get(Header.device) ?? "";
		const device = registry.get(id);
		if (!device) {
			this.#strangers++;
			throw this.unauthorized("unknown-device", "the device is not known; it has to join");
		}
		const counterText = headers.get(Header.counter) ?? "";
		const status = headers.get(Header.status) ?? "";
		const mac = this.mac(device, signedText(request.method, request.path, id, counterText, status), body);
		if (!isHex(headers.get(Header.signature) ?? "", mac))
			throw this.reject(device, "signature", "the signature does not fit the request");
		const counter = parseNumber(counterText);
		if (undefined === counter) throw new HTTPError(400, "the counter is not a decimal number");
		if (counter <= device.counter)
			throw this.reject(device, "stale-counter", "the counter was used before", { minimum: device.counter + 1 });
		const window = applyStatus(device, status);
		if (undefined === window) throw new HTTPError(400, "the status tells no window");
		registry.advance(device, counter);
		device.window = window;
		device.lastSeen = now();
		if (!device.heard) {
			device.heard = true;
			this.#options.onFirst(device);
		}
		return device;
	}

	/** HMAC-SHA-256 (RFC 2104) over the text and the body. */
	private mac(device: Device, text: string, body: Uint8Array): Uint8Array {
		if (device !== this.#padded) {
			device.pad(this.#pads);
			this.#padded = device;
		}
		const hash = this.#hash;
		hash.reset();
		hash.write(this.#inner);
		hash.write(text);
		hash.write(body);
		const digest = new Uint8Array(hash.close());
		hash.reset();
		hash.write(this.#outer);
		hash.write(digest);
		return new Uint8Array(hash.close());
	}

	private reject(
		device: Device,
		reason: Rejection,
		detail: string,
		extra?: Readonly<Record<string, unknown>>,
	): HTTPError {
		device.rejected++;
		this.#options.onReject(device);
		return this.unauthorized(reason, detail, extra);
	}

	private unauthorized(reason: Rejection, detail: string, extra?: Readonly<Record<string, unknown>>): HTTPError {
		return new HTTPError(401, detail, { reason, ...extra }, challenge);
	}
}

/** A whole decimal number without leading zeros that a double holds exactly. */
function parseNumber(text: string): number | undefined {
	const value = Number(text);
	return 0 === value % 1 && value >= 0 && value <= Limits.counter && String(value) === text ? value : undefined;
}

/** Takes over what the status tells; the window's number, undefined when it tells none. */
function applyStatus(device: Device, status: string): number | undefined {
	if (status.length > Limits.status) return;
	let window: number | undefined;
	let at = 0;
	while (at < status.length) {
		const semicolon = status.indexOf(";", at);
		const end = semicolon < 0 ? status.length : semicolon;
		const equals = status.indexOf("=", at);
		if (equals < 0 || equals > end) return;
		const value = status.slice(equals + 1, end);
		switch (status.slice(at, equals)) {
			case "window":
				window = parseNumber(value);
				break;
			case "battery":
				device.battery = whole(measure(value, 0, 100));
				break;
			case "signal":
				device.signal = whole(measure(value, -200, 100));
				break;
			case "rate":
				device.rate = measure(value, 1, 8000);
				break;
			case "firmware":
				if (value !== device.firmware && isFirmware(value)) device.firmware = value;
		}
		at = end + 1;
	}
	return window;
}

const whole = (value: number | undefined) => (undefined === value ? value : Math.round(value));

/** A number in its bounds; undefined for what a sensor cannot have told. */
function measure(text: string, minimum: number, maximum: number): number | undefined {
	const value = Number(text);
	return text && value >= minimum && value <= maximum ? value : undefined;
}
