/** A setting is missing or makes no sense; the message names it. */
export class SettingsError extends Error {}

/** One value of a domain of the key-value store. */
export type Read = (key: string) => string | number | undefined;

export interface GatewaySettings {
	/** Names the gateway in topics, in `<name>.local` and on the page: 1 to 32 of letters, digits and `-`. */
	readonly name: string;
	readonly port: number;
}

export interface BrokerSettings {
	/** IPv4 address. */
	readonly address: string;
	readonly port: number;
	readonly user?: string;
	readonly password?: string;
}

const brokerPrefix = "mqtt://";
const defaultBrokerPort = 1883;
const nameLength = 32;
const defaultName = "gateway";
const defaultPort = 80;

/**
 * What `read` gives, or `otherwise` when what is stored makes no sense; then a notice says so: a gateway that a person
 * reaches can be told the right ones.
 */
export function readOr<T>(read: () => T, otherwise: T, notices: string[]): T {
	try {
		return read();
	} catch (error) {
		notices.push(`a setting is left out: ${(error as Error).message}`);
		return otherwise;
	}
}

/** Of the domain "gateway", each by itself. */
export function readGateway(read: Read, notices: string[]): GatewaySettings {
	return {
		name: readOr(() => readName(read("name") ?? defaultName), defaultName, notices),
		port: readOr(() => readPort(read("port") ?? defaultPort, "port"), defaultPort, notices),
	};
}

/**
 * Of the domain "cloud": `broker` is `mqtt://[user:password@]address[:port]`, `user` and `password` may stand by
 * themselves. Undefined without a broker. Throws `SettingsError`.
 */
export function readBroker(read: Read): BrokerSettings | undefined {
	const broker = read("broker");
	if (undefined === broker || "" === broker) return;
	const text = String(broker);
	if (!text.startsWith(brokerPrefix)) throw new SettingsError("broker is not mqtt://address:port");
	const slash = text.indexOf("/", brokerPrefix.length);
	const authority = text.slice(brokerPrefix.length, slash < 0 ? text.length : slash);
	const at = authority.lastIndexOf("@");
	const host = authority.slice(at + 1);
	const colon = host.lastIndexOf(":");
	const address = colon < 0 ? host : host.slice(0, colon);
	if ("" === address) throw new SettingsError("broker has no address");
	const login = at < 0 ? "" : authority.slice(0, at);
	const end = login.indexOf(":");
	const user = login ? decode(end < 0 ? login : login.slice(0, end)) : read("user");
	const password = end < 0 ? read("password") : decode(login.slice(end + 1));
	if (undefined !== password && undefined === user) throw new SettingsError("broker has a password and no user");
	return {
		address,
		port: colon < 0 ? defaultBrokerPort : readPort(host.slice(colon + 1), "broker's port"),
		...(undefined === user ? {} : { user: String(user) }),
		...(undefined === password ? {} : { password: String(password) }),
	};
}

function readName(value: string | number): string {
	const name = String(value);
	if (!isGatewayName(name)) throw new SettingsError(`name has 1 to ${nameLength} letters, digits and hyphens`);
	return name;
}

function readPort(value: string | number, what: string): number {
	const port = Number(value);
	if (!Number.isInteger(port) || port < 0 || port > 65535) throw new SettingsError(`${what} is not a port`);
	return port;
}

/** 1 to 32 letters, digits and hyphens. */
export function isGatewayName(text: string): boolean {
	if (0 === text.length || text.length > nameLength) return false;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
		if (!letter && !(code >= 0x30 && code <= 0x39) && 0x2d !== code) return false;
	}
	return true;
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new SettingsError("broker has a malformed user or password");
	}
}
