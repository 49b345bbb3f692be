/** The address to listen on; undefined is all of the gateway's. */
export const listenAddress: string | undefined = undefined;

/**
 * The portal's address in the gateway's own network. It looks like a public one: some phones take an answer from a
 * private address for no portal at all (AOSP NetworkStack, "private IP DNS probe"). Nobody is kept from the true
 * 4.3.2.1, for that network leads nowhere.
 */
export const portalAddress = "4.3.2.1";

/** Phones look for a portal at HTTP's own port, wherever the gateway serves otherwise. */
export const portalPort = (_port: number): number => 80;

export const dnsPort = 53;
