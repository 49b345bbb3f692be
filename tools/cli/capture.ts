/** `npm run capture`: lets a gateway record a device's windows under a label, and fetches what it has recorded. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeText } from "../../firmware/common/text";
import { type ExportFormat, exportRecordings } from "../training/export/recordings";
import { importCaptures } from "../training/import/captures";
import { runCommand, UsageError, wholeNumber } from "./command-line";
import { type Gateway, refusal } from "./gateway";
import { gatewayOptions, openGateway } from "./gateway-options";

const usage = `usage: npm run capture -- DEVICE LABEL [options]   records the device's next windows as LABEL
       npm run capture -- --out FOLDER [options]     fetches all that is recorded
  --count N         windows to record (50)
  --out FOLDER      where the recordings go
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

async function record(gateway: Gateway, device: string, label: string, count: number): Promise<void> {
	const path = `/api/v1/captures/recordings/${encodeURIComponent(device)}`;
	await gateway.request("PUT", path, { label, count });
	let interrupted = false;
	const interrupt = () => {
		interrupted = true;
	};
	process.on("SIGINT", interrupt);
	console.log(`${device} is recorded as "${label}": move`);
	let told = count;
	for (;;) {
		const summary = await gateway.request("GET", "/api/v1/captures");
		if (!isSummary(summary)) throw gateway.stranger(200);
		const { recordings, windows, capacity } = summary;
		const remaining = recordings.find((one) => device === one.device)?.remaining ?? 0;
		if (remaining < told) console.log(`  ${count - remaining} of ${count}`);
		told = remaining;
		if (0 === remaining || interrupted) {
			if (interrupted) await gateway.request("DELETE", path);
			console.log(`the gateway keeps ${windows} windows; ${capacity} of usual length fit`);
			break;
		}
		await sleep(300);
	}
	process.off("SIGINT", interrupt);
}

async function fetchAll(gateway: Gateway, folder: string, format: (typeof formats)[number]): Promise<void> {
	const reply = await gateway.exchange({ method: "GET", path: "/api/v1/captures/windows" });
	if (200 !== reply.status) throw refusal(reply);
	await mkdir(folder, { recursive: true });
	const files =
		"captures" === format
			? [{ name: "captures.ndjson", text: reply.text }]
			: exportRecordings(recordingsOf(reply.text), format satisfies ExportFormat);
	for (const { name, text } of files) await writeFile(join(folder, name), text);
	console.log(`${folder}: ${files.length} ${1 === files.length ? "file" : "files"}`);
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
		if (undefined !== device) await record(gateway, device, label!, count);
		if (undefined !== values.out) await fetchAll(gateway, values.out, format);
		if (values.clear) await gateway.request("DELETE", "/api/v1/captures/windows");
		return undefined;
	},
});
