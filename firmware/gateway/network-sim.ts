/** The simulated gateway is reached from its own machine alone. */
export const listenAddress = "127.0.0.1";

export const portalAddress = "127.0.0.1";

/** Its operating system keeps the ports of the real ones for itself: they are those that the settings and chance give. */
export const portalPort = (port: number): number => port;

export const dnsPort = 0;
