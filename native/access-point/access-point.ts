/**
 * Gives the soft access point's side of the board an IPv4 address, in a network of 254, and its DHCP server that network.
 * To be called after `WiFi.accessPoint`, which leaves it at the platform's 192.168.4.1. Throws when there is no access
 * point.
 */
export default function setAddress(this: unknown, address: string): void {
	native("xs_access_point_address").call(this, address);
}
