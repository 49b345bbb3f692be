/** A publisher's keys: ECDSA on P-256, kept as PEM. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { InputError, pathProblem } from "../cli/command-line";

/** Throws `InputError` when the file has no private key on P-256. */
export async function readKey(file: string): Promise<KeyObject> {
	const pem = await readFile(file).catch((error: unknown) => {
		throw new InputError(
			`${pathProblem(error) ?? `${file}: ${(error as Error).message}`}; npm run sign -- --key ${file} --new makes one`,
		);
	});
	try {
		const key = createPrivateKey(pem);
		if ("prime256v1" === key.asymmetricKeyDetails?.namedCurve) return key;
	} catch {
		// Not a key at all: the same message.
	}
	throw new InputError(`${file} is no private key on P-256; --new makes one`);
}

/** Makes a private key that only its owner may read. Throws `InputError` when the file is there already. */
export async function makeKey(file: string): Promise<KeyObject> {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
	const pem = privateKey.export({ type: "pkcs8", format: "pem" });
	await writeFile(file, pem, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== "EEXIST") throw error;
		throw new InputError(`${file} is there already; choose another name`);
	});
	return privateKey;
}

/** x and y of the public key, 64 bytes. */
export function publicBytes(key: KeyObject): Buffer {
	const { x, y } = ("private" === key.type ? createPublicKey(key) : key).export({ format: "jwk" });
	return Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
}

/** The same as 128 hexadecimal digits, as a gateway takes them. */
export const publicDigits = (key: KeyObject): string => publicBytes(key).toString("hex");
