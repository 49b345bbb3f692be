/** The simulated gateway is reached from its own machine alone. */
export const listenAddress = "127.0.0.1";

export function ownAddresses(): string[] {
	return [];
}
