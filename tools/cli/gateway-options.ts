/** What the person typed cannot be done; the message says what can. */
export class UsageError extends Error {}

/** Why a file cannot be read, in words. */
export const reasons: Readonly<Record<string, string>> = {
	ENOENT: "there is no such file",
	EISDIR: "this is a directory",
	EACCES: "it may not be read",
};

export function readAddress(text: string): URL {
	const address = URL.canParse(text) ? new URL(text) : undefined;
	if ("http:" !== address?.protocol)
		throw new UsageError(`--gateway takes an address as in http://127.0.0.1:8080, not "${text}"`);
	return address;
}

/** The token that was given, or that of the environment. */
export function readToken(given: string | undefined): string {
	const token = given ?? process.env.TMLAAS_TOKEN;
	if (!token)
		throw new UsageError("a token is needed: --token as `npm start` prints it, or TMLAAS_TOKEN in the environment");
	return token;
}

export function isParseError(error: unknown): error is Error {
	return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
