/** `npm run update`: brings firmware to a gateway, waits until it has proved itself there, or says why it has not. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { compareVersions } from "../../firmware/common/version";
import type { System } from "../../firmware/ui/model";
import { trailerOf } from "../firmware-image/signed-firmware";
import { count } from "../training/tflite/table";
import { FailedError, InputError, readInput, runCommand, UsageError } from "./command-line";
import { type Gateway, RefusedError, refusal, UnreachableError } from "./gateway";
import { gatewayOptions, openGateway } from "./gateway-options";
import { ProgressLine } from "./progress-line";
import { sendParts } from "./upload";

const usage = `usage: npm run update -- FILE.bin [options]
  FILE.bin          firmware that is signed, as \`npm run build\` leaves it when it is given a key
  --gateway URL     the gateway (http://127.0.0.1:8080)
  --token TOKEN     an administrator's token; or in the environment as TMLAAS_TOKEN
  --help            prints this`;

/** More than any flash. */
const greatestFirmware = 64 << 20;
/** Milliseconds: between two questions, and in which a gateway comes back and decides. */
const pause = 1000;
const patience = 480_000;
/** Milliseconds that the gateway may take for the last bytes: it verifies the signature and all of the flash. */
const verification = 60_000;

const isObject = (value: unknown): value is Record<string, unknown> => "object" === typeof value && null !== value;

function isSystem(value: unknown): value is System {
	if (!isObject(value) || !isObject(value.firmware)) return false;
	const { slot, state, room, last } = value.firmware;
	return (
		"string" === typeof value.version &&
		"string" === typeof slot &&
		"string" === typeof state &&
		Number.isFinite(room) &&
		(null === last ||
			(isObject(last) && ["version", "outcome", "reason", "detail"].every((key) => "string" === typeof last[key])))
	);
}

/** Throws `UnreachableError` and `RefusedError`. */
async function systemOf(gateway: Gateway): Promise<System> {
	const system = await gateway.request("GET", "/api/v1/system");
	if (isSystem(system)) return system;
	throw gateway.stranger(200);
}

/** What would be refused after all of it was sent, is refused before. */
function check(file: string, content: Uint8Array, { version, firmware }: System): string {
	const trailer = trailerOf(content);
	if (undefined === trailer)
		throw new InputError(
			`${file} is no signed firmware; npm run sign -- ${file} --version X.Y.Z --key KEY.pem signs it`,
		);
	if ("gateway" !== trailer.product) throw new InputError(`${file} is firmware for a ${trailer.product}`);
	const image = content.subarray(0, trailer.length);
	const hash = createHash("sha256").update(image.subarray(0, -trailer.hash.length)).digest();
	if (image.length !== trailer.length || !hash.equals(trailer.hash))
		throw new InputError(`${file} is damaged: its SHA-256 is another one than was signed`);
	if (compareVersions(trailer.version, version) <= 0)
		throw new FailedError(`${trailer.version} is not newer than ${version}, which runs: nothing was sent.`);
	if ("pending" === firmware.state)
		throw new FailedError(
			`${version} is on trial, and the other slot is kept for the way back: try again in ${firmware.confirmIn ?? 60} s.`,
		);
	if (content.length > firmware.room)
		throw new FailedError(
			`the gateway has room for ${count(firmware.room)} bytes, and ${file} has ${count(content.length)}`,
		);
	return trailer.version;
}

async function send(gateway: Gateway, content: Uint8Array): Promise<void> {
	const line = new ProgressLine();
	const digest = createHash("sha256").update(content).digest("base64");
	try {
		const reply = await gateway.exchange({
			method: "PUT",
			path: "/api/v1/firmware",
			headers: {
				"content-length": content.length,
				"content-type": "application/octet-stream",
				"repr-digest": `sha-256=:${digest}:`,
			},
			send: (outgoing) => sendParts(outgoing, content, 0, (sent) => line.showSent(sent, content.length)),
			timeout: verification,
		});
		if (reply.status >= 300) throw refusal(reply);
	} finally {
		line.end();
	}
}

/** Whether a gateway that starts, or has much to do, may answer later. */
const isPassing = (error: unknown): boolean =>
	error instanceof UnreachableError || (error instanceof RefusedError && [429, 503].includes(error.problem.status));

/** Waits until the new firmware has been confirmed, or the old one runs again. */
async function follow(gateway: Gateway, version: string, before: System): Promise<void> {
	const line = new ProgressLine();
	const end = Date.now() + patience;
	try {
		for (;;) {
			await sleep(pause);
			let system: System | undefined;
			try {
				system = await systemOf(gateway);
			} catch (error) {
				if (!isPassing(error)) throw error;
				line.show("  restarting …");
			}
			const last = system?.firmware.last;
			if (system && version === system.version) {
				if ("valid" === system.firmware.state) return;
				line.show(`  it runs, on trial: confirmed in ${system.firmware.confirmIn ?? "?"} s when all goes well`);
			} else if (last && version === last.version && "installed" !== last.outcome)
				throw new FailedError(`${version} was taken back: ${last.detail} (${last.reason}). ${system!.version} runs.`);
			else if (system && system.firmware.slot !== before.firmware.slot)
				throw new FailedError(
					`the firmware in the file says that it is ${system.version}, and was signed as ${version}: sign it anew.`,
				);
			if (Date.now() > end)
				throw new FailedError(`${version} has neither been confirmed nor taken back: look at the gateway itself`);
		}
	} finally {
		line.end();
	}
}

await runCommand({
	usage,
	options: gatewayOptions,
	words: 1,
	async run(values, [file]) {
		if (undefined === file) throw new UsageError("one firmware file is to be named");
		const gateway = openGateway(values);
		const content = await readInput(file, greatestFirmware);
		const before = await systemOf(gateway);
		const version = check(file, content, before);
		console.log(`Sending ${version} to ${gateway.address.origin}, where ${before.version} runs …`);
		try {
			await send(gateway, content);
		} catch (error) {
			// The answer may be what was lost, and not the file.
			if (error instanceof UnreachableError)
				throw new FailedError(
					`${error.message}. ${before.version} runs on, unless all of the file was there: the same command once more sends it again, or says that it runs.`,
				);
			if (!(error instanceof RefusedError)) throw error;
			const { reason } = error.problem;
			throw new FailedError(
				`refused${"string" === typeof reason ? ` (${reason})` : ""}: ${error.message}. ${before.version} runs on.`,
			);
		}
		console.log("Its hash and its signature are right; the gateway restarts into it …");
		await follow(gateway, version, before);
		console.log(`${version} has served for a minute and is confirmed.`);
		return undefined;
	},
});
