/** `npm run sign`: a publisher's keys, and signatures of model files that gateways check. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ModelFormatError, readModel } from "../training/tflite/reader";
import { Gateway, RefusedError, UnreachableError } from "./gateway";
import { isParseError, readAddress, readToken, reasons, UsageError } from "./gateway-options";

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
	const pem = await readFile(file).catch((error: NodeJS.ErrnoException) => {
		throw new UsageError(`${file}: ${reasons[error.code ?? ""] ?? error.message}; --new makes one`);
	});
	try {
		const key = createPrivateKey(pem);
		if ("prime256v1" === key.asymmetricKeyDetails?.namedCurve) return key;
	} catch {
		// Not a key at all: the same message.
	}
	throw new UsageError(`${file} is no private key on P-256`);
}

/** x and y, as a gateway takes them. */
function publicDigits(key: KeyObject): string {
	const { x, y } = createPublicKey(key).export({ format: "jwk" });
	return Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]).toString("hex");
}

async function makeKey(file: string): Promise<void> {
	if (existsSync(file)) throw new UsageError(`${file} is there already; choose another name`);
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
	await writeFile(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
	console.log(`${file}: a new private key; its public part is ${publicDigits(privateKey)}`);
}

async function signFile(file: string, key: KeyObject): Promise<void> {
	const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
		throw new UsageError(`${file}: ${reasons[error.code ?? ""] ?? error.message}`);
	});
	// An earlier signature is replaced.
	const isSigned = bytes.subarray(-mark.length).equals(mark);
	const content = isSigned ? bytes.subarray(0, -trailerLength) : bytes;
	try {
		readModel(content);
	} catch (error) {
		if (error instanceof ModelFormatError) throw new UsageError(`${file}: no model file: ${error.message}`);
		throw error;
	}
	const signature = sign("sha256", content, { key, dsaEncoding: "ieee-p1363" });
	await writeFile(file, Buffer.concat([content, signature, mark]));
	console.log(`${file}: signed${isSigned ? " anew" : ""}`);
}

async function main(): Promise<void> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			key: { type: "string" },
			new: { type: "boolean", default: false },
			trust: { type: "string" },
			gateway: { type: "string", default: "http://127.0.0.1:8080" },
			token: { type: "string" },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) {
		console.log(usage);
		return;
	}
	const { key: keyFile, trust } = values;
	const [file, ...others] = positionals;
	if (undefined === keyFile) throw new UsageError("--key names the private key's file");
	if (others.length || (undefined === file && !values.new && undefined === trust))
		throw new UsageError("one model file is to be named, or --new or --trust to be given");
	if (values.new) await makeKey(keyFile);
	const key = await readKey(keyFile);
	if (undefined !== file) await signFile(file, key);
	if (undefined === trust) return;
	const gateway = new Gateway({ address: readAddress(values.gateway), token: readToken(values.token) });
	await gateway.request("PUT", `/api/v1/publishers/${encodeURIComponent(trust)}`, { key: publicDigits(key) });
	console.log(`${gateway.address.origin} takes what ${trust} signs`);
}

main().catch((error: unknown) => {
	if (error instanceof RefusedError || error instanceof UnreachableError) console.error(error.message);
	else if (error instanceof UsageError || isParseError(error)) {
		console.error(`${error.message}\n\n\`npm run sign -- --help\` lists the options.`);
		process.exit(2);
	} else console.error(error);
	process.exit(1);
});
