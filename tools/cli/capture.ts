/** `npm run capture`: lets a gateway record a device's windows under a label, and fetches what it has recorded. */
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeText } from "../../firmware/common/text";
import { type ExportFormat, exportRecordings } from "../training/export/recordings";
import { importCaptures } from "../training/import/captures";
import { FailedError, runCommand, UsageError, wholeNumber } from "./command-line";
import { type Gateway, refusal } from "./gateway";
import { gatewayOptions, openGateway } from "./gateway-options";

const usage = `usage: npm run capture -- DEVICE LABEL [options]   records the device's next windows as LABEL
       npm run capture -- --out FOLDER [options]     fetches all that is recorded
  --count N         windows to record (50)
  --out FOLDER      where the recordings go; with it more windows may be recorded than the gateway keeps:
                    whenever it is full they are fetched into FOLDER and removed
  --format FORMAT   captures (one file of all, with labels), arduino, edge-impulse or text (captures)
  --clear           then removes them from the gateway
  --gateway URL     the gateway (http://127.0.0.1:8080)
  --token TOKEN     an operator's token with the scope train or admin, as \`npm start\` prints it;
                    or in the environment as TMLAAS_TOKEN
  --help            prints this
Ctrl-C ends a recording and keeps what is there.`;

const formats = ["captures", "arduino", "edge-impulse", "text"] as const;

/** What `GET /api/v1/captures` gives. */
interface Summary {
	readonly windows: number;
	readonly capacity: number;
	readonly recordings: readonly { readonly device: string; readonly label: string; readonly remaining: number }[];
}

function isSummary(value: unknown): value is Summary {
	const { windows, capacity, recordings } = (value ?? {}) as Partial<Summary>;
	const isRecording = (one: Partial<Summary["recordings"][number]> | null) => Number.isInteger(one?.remaining);
	return (
		Number.isInteger(windows) &&
		Number.isInteger(capacity) &&
		Array.isArray(recordings) &&
		recordings.every((one) => isRecording(one))
	);
}

async function summarise(gateway: Gateway): Promise<Summary> {
	const summary = await gateway.request("GET", "/api/v1/captures");
	if (!isSummary(summary)) throw gateway.stranger(200);
	return summary;
}

interface Recording {
	readonly device: string;
	readonly label: string;
	readonly count: number;
	/** Windows that came before these, of how many in all; for what is told. */
	readonly before: number;
	readonly total: number;
	/** Whether a person has asked for the end. */
	interrupted(): boolean;
}

/** Records to the end, which comes early when it is interrupted. */
async function record(gateway: Gateway, recording: Recording): Promise<void> {
	const { device, label, count, before, total, interrupted } = recording;
	const path = `/api/v1/captures/recordings/${encodeURIComponent(device)}`;
	await gateway.request("PUT", path, { label, count });
	let told = count;
	for (;;) {
		const { recordings } = await summarise(gateway);
		const remaining = recordings.find((one) => device === one.device)?.remaining ?? 0;
		if (remaining < told) console.log(`  ${before + count - remaining} of ${total}`);
		told = remaining;
		if (0 === remaining) return;
		if (interrupted()) {
			await gateway.request("DELETE", path);
			return;
		}
		await sleep(300);
	}
}

/**
 * Records, in as many portions as the gateway has room for. Without a folder they have to fit; with one each portion but
 * the last that fits goes there.
 */
async function recordAll(
	gateway: Gateway,
	wish: Pick<Recording, "device" | "label" | "count">,
	out: { folder: string; format: Format } | undefined,
): Promise<void> {
	const { device, label, count } = wish;
	let stop = false;
	const interrupt = () => {
		stop = true;
	};
	process.on("SIGINT", interrupt);
	try {
		for (let before = 0; before < count && !stop; ) {
			const { windows, capacity } = await summarise(gateway);
			const room = capacity - windows;
			if (0 === room || (undefined === out && room < count))
				throw new FailedError(
					`the gateway keeps ${windows} windows, and there is room for ${room} more: \`npm run capture -- --out FOLDER --clear\` fetches and removes them${undefined === out && capacity < count ? "; with --out more are recorded than fit" : ""}`,
				);
			if (0 === before) console.log(`${device} is recorded as "${label}": move`);
			const portion = Math.min(room, count - before);
			await record(gateway, { ...wish, count: portion, before, total: count, interrupted: () => stop });
			before += portion;
			if (undefined !== out && count > room) await drain(gateway, wish, out);
		}
	} finally {
		process.off("SIGINT", interrupt);
	}
	const { windows, capacity } = await summarise(gateway);
	console.log(`the gateway keeps ${windows} windows; ${capacity} of usual length fit`);
}

type Format = (typeof formats)[number];

async function fetchText(gateway: Gateway, query = ""): Promise<string> {
	const reply = await gateway.exchange({ method: "GET", path: `/api/v1/captures/windows${query}` });
	if (200 !== reply.status) throw refusal(reply);
	return reply.text;
}

/** Adds what is recorded of a device under a label to the folder's file of that label, and removes it from the gateway. */
async function drain(
	gateway: Gateway,
	{ device, label }: Pick<Recording, "device" | "label">,
	{ folder, format }: { folder: string; format: Format },
): Promise<void> {
	const query = `?device=${encodeURIComponent(device)}&label=${encodeURIComponent(label)}`;
	const text = await fetchText(gateway, query);
	await mkdir(folder, { recursive: true });
	if ("captures" === format) await appendFile(join(folder, `${fileName(label)}.ndjson`), text);
	else {
		// Portions are files of their own: none may take another's name.
		const portion = join(folder, `${fileName(label)}-${Date.now()}`);
		await mkdir(portion);
		await writeFiles(portion, exportRecordings(recordingsOf(text), format));
	}
	await gateway.request("DELETE", `/api/v1/captures/windows${query}`);
}

const fileName = (label: string) => label.replace(/[^\p{L}\p{N}.-]+/gu, "_");

async function writeFiles(folder: string, files: readonly { name: string; text: string }[]): Promise<void> {
	for (const { name, text } of files) await writeFile(join(folder, name), text);
	console.log(`${folder}: ${files.length} ${1 === files.length ? "file" : "files"}`);
}

async function fetchAll(gateway: Gateway, folder: string, format: Format): Promise<void> {
	const text = await fetchText(gateway);
	await mkdir(folder, { recursive: true });
	await writeFiles(
		folder,
		"captures" === format
			? [{ name: "captures.ndjson", text }]
			: exportRecordings(recordingsOf(text), format satisfies ExportFormat),
	);
}

function recordingsOf(text: string) {
	const { items, problems } = importCaptures({ name: "the gateway's captures", bytes: encodeText(text) });
	for (const { line, reason } of problems) console.log(`line ${line} left out: ${reason}`);
	return items;
}

await runCommand({
	usage,
	options: {
		...gatewayOptions,
		count: { type: "string", default: "50" },
		out: { type: "string" },
		format: { type: "string", default: "captures" },
		clear: { type: "boolean", default: false },
	},
	words: 2,
	async run(values, [device, label]) {
		const count = wholeNumber("count", values.count, 1, 1000);
		const format = formats.find((name) => name === values.format);
		if (undefined !== device && undefined === label)
			throw new UsageError("a device and a label are to be named, as in wearable-1 left");
		if (undefined === device && undefined === values.out)
			throw new UsageError("a device and a label are to be named, or --out to be given");
		if (undefined === format) throw new UsageError(`--format takes ${formats.join(", ")}, not "${values.format}"`);
		const gateway = openGateway(values);
		const { out } = values;
		if (undefined !== device)
			await recordAll(
				gateway,
				{ device, label: label!, count },
				undefined === out ? undefined : { folder: out, format },
			);
		if (undefined !== out) {
			if ((await summarise(gateway)).windows > 0) await fetchAll(gateway, out, format);
			else if (undefined === device) console.log("the gateway keeps no windows");
		}
		if (values.clear) await gateway.request("DELETE", "/api/v1/captures/windows");
		return undefined;
	},
});
