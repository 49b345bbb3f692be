/** The operators' tokens as they lie in the key-value store: thin. */

import { fillRandom } from "common/random";
import { Digest } from "crypt";
import { openDomain, reader } from "gateway/stored-settings";
import { Tokens } from "gateway/web/tokens";

/** Opens them. The first one comes from who set the gateway up, or is made and told once; only its digest is kept. */
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
	} else if (tokens.empty) trace(`operator's token: ${tokens.add("operator", "admin")}\n`);
	operator.close();
	return tokens;
}
