/** `npm run sign`: a publisher's keys, and signatures of model files and of firmware that gateways check. */
import { type KeyObject, sign } from "node:crypto";
import { open, writeFile } from "node:fs/promises";
import { makeKey, publicDigits, readKey } from "../firmware-image/publisher-key";
import { FirmwareFileError, signFirmware } from "../firmware-image/signed-firmware";
import { ModelFormatError, readModel } from "../training/tflite/reader";
import { greatestModel, InputError, readInput, runCommand, UsageError } from "./command-line";
import { gatewayOptions, openGateway } from "./gateway-options";

const usage = `usage: npm run sign -- FILE.tflite --key KEY.pem   signs the file in place
       npm run sign -- FILE.bin --version X.Y.Z --key KEY.pem   the same for an image of firmware
       npm run sign -- --key KEY.pem --new            makes a pair of keys
       npm run sign -- --key KEY.pem --trust NAME     lets a gateway take models that this key signs
  --key KEY.pem     the private key (ECDSA on P-256, PKCS #8); keep it to yourself
  --version X.Y.Z   the version that the firmware says it is
  --product NAME    whose firmware it is (gateway)
  --gateway URL     the gateway (http://127.0.0.1:8080), with --trust
  --token TOKEN     an administrator's token, with --trust; or in the environment as TMLAAS_TOKEN
  --help            prints this`;

/** As firmware/gateway/inference/publishers.ts reads it. */
const mark = Buffer.from("TMLSIGN1");
const trailerLength = 64 + mark.length;

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

/** Firmware is known by its first byte: a model begins with an offset, which is even. */
const firmwareMagic = 0xe9;
/** More than any flash. */
const greatestFirmware = 64 << 20;

async function signFirmwareFile(file: string, key: KeyObject, product: string, version: string | undefined) {
	if (undefined === version) throw new UsageError("--version tells which version the firmware is");
	try {
		await writeFile(file, signFirmware(await readInput(file, greatestFirmware), { product, version, key }));
	} catch (error) {
		if (error instanceof FirmwareFileError) throw new InputError(`${file}: ${error.message}`);
		throw error;
	}
	console.log(
		`${file}: signed as ${product} ${version}, for gateways that were built with the key ${publicDigits(key)}`,
	);
}

async function isFirmware(path: string): Promise<boolean> {
	const file = await open(path);
	try {
		const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
		return 1 === bytesRead && firmwareMagic === buffer[0];
	} finally {
		await file.close();
	}
}

await runCommand({
	usage,
	options: {
		...gatewayOptions,
		key: { type: "string" },
		new: { type: "boolean", default: false },
		trust: { type: "string" },
		version: { type: "string" },
		product: { type: "string", default: "gateway" },
	},
	words: 1,
	async run(values, [file]) {
		const { key: keyFile, trust } = values;
		if (undefined === keyFile) throw new UsageError("--key names the private key's file");
		if (undefined === file && !values.new && undefined === trust)
			throw new UsageError("one model file is to be named, or --new or --trust to be given");
		// Before anything is written.
		const gateway = undefined === trust ? undefined : openGateway(values);
		if (values.new)
			console.log(`${keyFile}: a new private key; its public part is ${publicDigits(await makeKey(keyFile))}`);
		const key = await readKey(keyFile);
		if (undefined !== file) {
			if (await isFirmware(file)) await signFirmwareFile(file, key, values.product, values.version);
			else await signFile(file, key);
		}
		if (undefined === gateway || undefined === trust) return undefined;
		await gateway.request("PUT", `/api/v1/publishers/${encodeURIComponent(trust)}`, { key: publicDigits(key) });
		console.log(`${gateway.address.origin} takes what ${trust} signs`);
		return undefined;
	},
});
