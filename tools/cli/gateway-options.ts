/** How a command is told which gateway it is for. */

import { UsageError } from "./command-line";
import { Gateway } from "./gateway";

export const gatewayOptions = {
	gateway: { type: "string", default: "http://127.0.0.1:8080" },
	token: { type: "string" },
} as const;

/** Throws `UsageError`. */
export function openGateway({ gateway, token }: { gateway: string; token?: string | undefined }): Gateway {
	return new Gateway({ address: readAddress(gateway), token: readToken(token) });
}

function readAddress(text: string): URL {
	const address = URL.canParse(text) ? new URL(text) : undefined;
	if ("http:" !== address?.protocol)
		throw new UsageError(`--gateway takes an address as in http://127.0.0.1:8080, not "${text}"`);
	return address;
}

/** The token that was given, or that of the environment. */
function readToken(given: string | undefined): string {
	const token = given ?? process.env.TMLAAS_TOKEN;
	if (!token)
		throw new UsageError("a token is needed: --token as `npm start` prints it, or TMLAAS_TOKEN in the environment");
	// What a header cannot hold.
	if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError("the token has characters that no token has");
	return token;
}
