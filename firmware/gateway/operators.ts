/** The operators' tokens as they lie in the key-value store: thin. */

import { fillRandom } from "common/random";
import { Digest } from "crypt";
import { openDomain, reader } from "gateway/stored-settings";
import { Tokens } from "gateway/web/tokens";

/** Opens them. The first one may come from who set the gateway up; only its digest is kept. */
export function openTokens(gateway: { name: string; version: string }, ticks: () => number): Tokens {
	const tokens = new Tokens({
		storage: openDomain("tokens", "string") as ConstructorParameters<typeof Tokens>[0]["storage"],
		hash: () => new Digest("SHA256"),
		random: fillRandom,
		now: ticks,
		gateway,
	});
	const operator = openDomain("operator", "string");
	const given = reader("operator")("token");
	if ("string" === typeof given) {
		tokens.add("operator", "admin", given);
		operator.delete("token");
	}
	operator.close();
	return tokens;
}

/** The text of a first token, which is made when there is none yet; undefined when there is one. */
export function makeFirstToken(tokens: Tokens): string | undefined {
	if (!tokens.empty) return;
	const token = tokens.add("operator", "admin");
	trace(`operator's token: ${token}\n`);
	return token;
}
