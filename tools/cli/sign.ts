/** `npm run sign`: a publisher's keys, and signatures of model files that gateways check. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { ModelFormatError, readModel } from "../training/tflite/reader";
import { greatestModel, InputError, pathProblem, readInput, runCommand, UsageError } from "./command-line";
import { gatewayOptions, openGateway } from "./gateway-options";

const usage = `usage: npm run sign -- FILE.tflite --key KEY.pem   signs the file in place
       npm run sign -- --key KEY.pem --new            makes a pair of keys
       npm run sign -- --key KEY.pem --trust NAME     lets a gateway take what this key signs
  --key KEY.pem     the private key (ECDSA on P-256, PKCS #8); keep it to yourself
  --gateway URL     the gateway (http://127.0.0.1:8080), with --trust
  --token TOKEN     an administrator's token, with --trust; or in the environment as TMLAAS_TOKEN
  --help            prints this`;

/** As firmware/gateway/inference/publishers.ts reads it. */
const mark = Buffer.from("TMLSIGN1");
const trailerLength = 64 + mark.length;

async function readKey(file: string): Promise<KeyObject> {
	const pem = await readFile(file).catch((error: unknown) => {
		throw new InputError(`${pathProblem(error) ?? `${file}: ${(error as Error).message}`}; --new makes one`);
	});
	try {
		const key = createPrivateKey(pem);
		if ("prime256v1" === key.asymmetricKeyDetails?.namedCurve) return key;
	} catch {
		// Not a key at all: the same message.
	}
	throw new InputError(`${file} is no private key on P-256; --new makes one`);
}

/** x and y, as a gateway takes them. */
function publicDigits(key: KeyObject): string {
	const { x, y } = createPublicKey(key).export({ format: "jwk" });
	return Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]).toString("hex");
}

async function makeKey(file: string): Promise<void> {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
	const pem = privateKey.export({ type: "pkcs8", format: "pem" });
	await writeFile(file, pem, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== "EEXIST") throw error;
		throw new InputError(`${file} is there already; choose another name`);
	});
	console.log(`${file}: a new private key; its public part is ${publicDigits(privateKey)}`);
}

async function signFile(file: string, key: KeyObject): Promise<void> {
	const bytes = Buffer.from(await readInput(file, greatestModel));
	// An earlier signature is replaced.
	const isSigned = bytes.subarray(-mark.length).equals(mark);
	const content = isSigned ? bytes.subarray(0, -trailerLength) : bytes;
	try {
		readModel(content);
	} catch (error) {
		if (error instanceof ModelFormatError)
			throw new InputError(`${file} is no model, or a damaged one: ${error.message}`);
		throw error;
	}
	const signature = sign("sha256", content, { key, dsaEncoding: "ieee-p1363" });
	await writeFile(file, Buffer.concat([content, signature, mark]));
	console.log(`${file}: signed${isSigned ? " anew" : ""}`);
}

await runCommand({
	usage,
	options: {
		...gatewayOptions,
		key: { type: "string" },
		new: { type: "boolean", default: false },
		trust: { type: "string" },
	},
	words: 1,
	async run(values, [file]) {
		const { key: keyFile, trust } = values;
		if (undefined === keyFile) throw new UsageError("--key names the private key's file");
		if (undefined === file && !values.new && undefined === trust)
			throw new UsageError("one model file is to be named, or --new or --trust to be given");
		// Before anything is written.
		const gateway = undefined === trust ? undefined : openGateway(values);
		if (values.new) await makeKey(keyFile);
		const key = await readKey(keyFile);
		if (undefined !== file) await signFile(file, key);
		if (undefined === gateway || undefined === trust) return undefined;
		await gateway.request("PUT", `/api/v1/publishers/${encodeURIComponent(trust)}`, { key: publicDigits(key) });
		console.log(`${gateway.address.origin} takes what ${trust} signs`);
		return undefined;
	},
});
