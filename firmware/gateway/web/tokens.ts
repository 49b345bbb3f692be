import { fromHex, toHex } from "common/hex";
import { equalBytes, type Hash } from "common/hmac";
import { JSONError, JSONReader } from "common/json";
import { isDeviceId } from "common/protocol";
import { encodeText } from "common/text";
import { problem } from "gateway/web/response";
import { define, HTTPError, type Request, type Response, type Route, type Scope, serve } from "gateway/web/route";
import { Throttle } from "gateway/web/throttle";

/** What the tokens need of one domain of the key-value store. */
export interface TokenStorage {
	read(key: string): ArrayBuffer | string | number | undefined;
	write(key: string, value: string): void;
	delete(key: string): void;
	[Symbol.iterator](): Iterator<string>;
}

export interface TokensOptions {
	/** Domain "tokens": a token's name gives `<scope>:<SHA-256 of the token in hexadecimal digits>`. */
	readonly storage: TokenStorage;
	/** Makes a SHA-256. */
	readonly hash: () => Hash;
	/** Fills with unpredictable bytes. */
	readonly random: (bytes: Uint8Array) => void;
	/** Milliseconds that only grow. */
	readonly now: () => number;
	readonly gateway: { readonly name: string; readonly version: string };
}

const ranks: Readonly<Record<Scope, number>> = Object.freeze({ infer: 1, train: 2, admin: 3 });
const tokenLength = 16;
const maximumTokens = 12;
const prefix = "bearer ";

interface Token {
	readonly name: string;
	readonly scope: Scope;
	readonly digest: Uint8Array;
}

/** Whether `scope` may do what `least` may. */
export function includesScope(scope: Scope | undefined, least: Scope): boolean {
	return undefined !== scope && ranks[scope] >= ranks[least];
}

/**
 * Bearer tokens of operators (RFC 6750), each with a scope. Only their digests are kept: a token has 128 random bits, so
 * a plain hash is as good as a slow one. Wrong tokens are throttled by address and in all.
 */
export class Tokens {
	readonly routes: readonly Route[];
	readonly #options: TokensOptions;
	readonly #tokens: Token[] = [];
	readonly #throttle = new Throttle();
	/** Whether somebody has come with a right token since the start. */
	used = false;

	constructor(options: TokensOptions) {
		this.#options = options;
		for (const name of [...options.storage]) {
			const value = readText(options.storage, name);
			if (undefined === value) continue;
			const colon = value.indexOf(":");
			const scope = value.slice(0, colon);
			const digest = fromHex(value.slice(colon + 1));
			if (isScope(scope) && 32 === digest?.length) this.#tokens.push({ name, scope, digest });
		}
		this.routes = serve(definitions, this);
	}

	/** Whether none is known: a first one has to be made or given. */
	get empty(): boolean {
		return 0 === this.#tokens.length;
	}

	/** Makes and stores a token and gives its text, which is known nowhere else; `text`: one that was given from outside. */
	add(name: string, scope: Scope, text = this.random()): string {
		const digest = this.digest(text);
		this.remove(name);
		this.#options.storage.write(name, `${scope}:${toHex(digest)}`);
		this.#tokens.push({ name, scope, digest });
		return text;
	}

	/**
	 * Sets the request's scope by its bearer token. Gives the response that refuses it: 401 for a wrong token, 429 when
	 * too many were wrong. A request without a token passes, without a scope.
	 */
	authorize(request: Request & { scope: Scope | undefined }): Response | undefined {
		const authorization = request.headers.get("authorization");
		if (undefined === authorization) return;
		const now = this.#options.now();
		const { remoteAddress } = request;
		const wait = this.#throttle.wait(remoteAddress, now);
		if (wait > 0)
			return problem(429, "too many wrong tokens", request.path, undefined, {
				"retry-after": String(Math.ceil(wait / 1000)),
			});
		if (prefix === authorization.slice(0, prefix.length).toLowerCase()) {
			const digest = this.digest(authorization.slice(prefix.length));
			// Each is compared, whichever is right.
			for (const token of this.#tokens) if (equalBytes(token.digest, digest)) request.scope = token.scope;
			if (undefined !== request.scope) {
				this.used = true;
				return;
			}
		}
		this.#throttle.fail(remoteAddress, now);
		return unauthorized(request, "no such token");
	}

	/** What the bearer may do, and whose gateway it is. */
	session(request: Request): Response {
		return { status: 200, body: JSON.stringify({ scope: request.scope, gateway: { ...this.#options.gateway } }) };
	}

	/** Names and scopes. */
	list(): Response {
		return { status: 200, body: JSON.stringify(this.#tokens.map(({ name, scope }) => ({ name, scope }))) };
	}

	/** Makes a token of a name and a scope. */
	create(body: Uint8Array): Response {
		const { name, scope } = readToken(body);
		// A name is a key of the key-value store, as a device's id is.
		if (undefined === name || !isDeviceId(name))
			throw new HTTPError(400, "name: 1 to 15 of lower-case letters, digits and -");
		if (undefined === scope || !isScope(scope)) throw new HTTPError(400, "scope: infer, train or admin");
		if (this.#tokens.some((token) => token.name === name)) throw new HTTPError(409, "a token of this name exists");
		if (this.#tokens.length >= maximumTokens) throw new HTTPError(409, `at most ${maximumTokens} tokens`);
		return { status: 201, body: JSON.stringify({ token: this.add(name, scope) }) };
	}

	/** Withdraws a token. */
	delete(request: Request): Response {
		const name = request.parameters[0]!;
		const token = this.#tokens.find((token) => token.name === name);
		if (undefined === token) throw new HTTPError(404, "no token of this name");
		if ("admin" === token.scope && 1 === this.#tokens.filter(({ scope }) => "admin" === scope).length)
			throw new HTTPError(409, "the last admin token cannot be deleted");
		this.remove(name);
		this.#options.storage.delete(name);
		return { status: 204 };
	}

	private remove(name: string): void {
		const index = this.#tokens.findIndex((token) => token.name === name);
		if (index >= 0) this.#tokens.splice(index, 1);
	}

	private random(): string {
		const bytes = new Uint8Array(tokenLength);
		this.#options.random(bytes);
		return toHex(bytes);
	}

	private digest(text: string): Uint8Array {
		const hash = this.#options.hash();
		hash.write(encodeText(text));
		return new Uint8Array(hash.close());
	}
}

/** Undefined for what is no text, which the store tells by an error. */
function readText(storage: TokenStorage, key: string): string | undefined {
	try {
		const value = storage.read(key);
		return "string" === typeof value ? value : undefined;
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
	}
}

function isScope(text: string): text is Scope {
	return "infer" === text || "train" === text || "admin" === text;
}

function readToken(body: Uint8Array): { name?: string; scope?: string } {
	const result: { name?: string; scope?: string } = {};
	try {
		const reader = new JSONReader(body);
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			if ("name" === key) result.name = reader.string();
			else if ("scope" === key) result.scope = reader.string();
			else reader.skip();
		}
		reader.end();
	} catch (error) {
		if (error instanceof JSONError) throw new HTTPError(400, error.message);
		throw error;
	}
	return result;
}

/** 401 with the scheme that is asked for (RFC 9110, 11.6.1). */
export function unauthorized(request: Request, detail: string): Response {
	return problem(401, detail, request.path, undefined, { "www-authenticate": 'Bearer realm="TMLaaS"' });
}

const definitions = define<Tokens>([
	{
		method: "GET",
		path: "/api/v1/session",
		scope: "infer",
		handle(request) {
			return this.service.session(request);
		},
	},
	{
		method: "GET",
		path: "/api/v1/tokens",
		scope: "admin",
		handle() {
			return this.service.list();
		},
	},
	{
		method: "POST",
		path: "/api/v1/tokens",
		scope: "admin",
		maximumBody: 256,
		handle(_request, body) {
			return this.service.create(body);
		},
	},
	{
		method: "DELETE",
		path: "/api/v1/tokens/*",
		scope: "admin",
		handle(request) {
			return this.service.delete(request);
		},
	},
]);
