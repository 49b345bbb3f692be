/** Characters of a password that nobody takes for another, in print and on the panel. */
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
/** As many as the panel has in a line: 49 bits, for the minutes that the network is there. */
const passwordLength = 10;
const ssidLength = 32;

/** The name of the gateway's own network: what it is called, and the last four digits of its hardware address. */
export function accessPointName(name: string, hardwareAddress: string | undefined): string {
	const digits = (hardwareAddress ?? "").split(":").join("").slice(-4).toLowerCase();
	return "" === digits ? name : `${name.slice(0, ssidLength - digits.length - 1)}-${digits}`;
}

/** A password for the gateway's own network, made anew at each start. */
export function accessPointPassword(fillRandom: (bytes: Uint8Array) => void): string {
	const bytes = new Uint8Array(1);
	let password = "";
	while (password.length < passwordLength) {
		fillRandom(bytes);
		// What is left over would make the first letters likelier.
		const byte = bytes[0]!;
		if (byte < 256 - (256 % alphabet.length)) password += alphabet[byte % alphabet.length]!;
	}
	return password;
}
