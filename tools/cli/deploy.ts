/** `npm run deploy`: sends a model file to a gateway and lets it serve there, or says why it does not. */

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { JSONError } from "../../firmware/common/json";
import { type Card, parseCard } from "../../firmware/gateway/inference/card";
import { cardEntry } from "../training/card";
import { ModelFormatError, readModel } from "../training/tflite/reader";
import { count } from "../training/tflite/table";
import { FailedError, greatestModel, InputError, readInput, runCommand, UsageError } from "./command-line";
import { type Gateway, type Problem, printable, RefusedError, UnreachableError } from "./gateway";
import { gatewayOptions, openGateway } from "./gateway-options";
import { ProgressLine } from "./progress-line";
import { uploadModel } from "./upload";

const usage = `usage: npm run deploy -- FILE.tflite [options]
  --gateway URL     the gateway (http://127.0.0.1:8080)
  --token TOKEN     an operator's token with the scope train or admin, as \`npm start\` prints it;
                    or in the environment as TMLAAS_TOKEN
  --shadow          runs beside the version that serves, on the same windows, and answers nobody
  --no-load         only stores it on the gateway
  --help            prints this`;

/** For a gateway that restarts: how often to ask, and milliseconds before each. */
const restartAttempts = 20;
const restartPause = 1500;

/** The file and what it says of itself. */
async function readFileWithCard(file: string): Promise<{ content: Uint8Array; card: Card }> {
	const content = await readInput(file, greatestModel);
	try {
		const entry = readModel(content).metadata.find(({ name }) => cardEntry === name);
		if (undefined === entry)
			throw new InputError(
				`${file}: the model has no card, which gives its name, version and labels; npm run adopt gives it one`,
			);
		return { content, card: parseCard(entry.data) };
	} catch (error) {
		if (error instanceof ModelFormatError)
			throw new InputError(`${file} is no model, or a damaged one: ${error.message}`);
		if (error instanceof JSONError) throw new InputError(`${file}: its card cannot be read: ${error.message}`);
		throw error;
	}
}

/** Whether the gateway has this very file, so that what was stored or served before can serve again. */
async function isStored(gateway: Gateway, { name, version }: Card, content: Uint8Array): Promise<boolean> {
	const sha256 = createHash("sha256").update(content).digest("hex");
	const { models } = await gateway.stock();
	const status = models.find((model) => name === model.name && version === model.version);
	return undefined !== status && "uploading" !== status.role && sha256 === status.sha256;
}

async function upload(gateway: Gateway, { name, version }: Card, content: Uint8Array): Promise<void> {
	const line = new ProgressLine();
	const begin = Date.now();
	try {
		await uploadModel({
			gateway,
			name,
			version,
			content,
			sleep,
			onProgress: (sent) => line.showSent(sent, content.length),
			onRetry(reason, wait, at) {
				line.end();
				console.log(`  ${reason}; goes on in ${wait / 1000} s${at > 0 ? ` from byte ${count(at)}` : ""}`);
			},
		});
	} finally {
		line.end();
	}
	console.log(`  stored, and its hash is right (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
}

/** Lets the gateway try the model; what serves afterwards. */
async function load(gateway: Gateway, { name, version }: Card, shadow: boolean): Promise<void> {
	const before = await serving(gateway, name);
	console.log(`Loading: the gateway checks the file, plans its memory and runs its golden rows …`);
	const parameters = { version, ...(shadow ? { shadow } : {}) };
	try {
		await gateway.request("POST", `/v2/repository/models/${name}/load`, { parameters });
	} catch (error) {
		if (!(error instanceof UnreachableError)) throw error;
		await survived(gateway, { name, version, before, lost: error });
	}
	const { models } = await gateway.stock();
	const status = models.find((model) => name === model.name && version === model.version);
	const memory = status?.memory ? `, in ${count(status.arena + status.memory)} bytes of memory` : "";
	if (shadow) {
		console.log(`${name} ${version} runs as a shadow beside ${before ?? "nothing"}${memory}.

  GET ${gateway.address.origin}/v2/models/${name}/shadow compares the two;
  the same command without --shadow lets it serve.`);
		return;
	}
	console.log(
		`${name} ${version} serves now${undefined === before || before === version ? "" : `, in place of ${before}`}${memory}.`,
	);
	if (status?.trial)
		console.log(
			`It is on trial: if the gateway stops before it has proved itself, ${before ?? "no version"} comes back.`,
		);
}

/** The connection was lost while the gateway tried the model: what has become of it? */
async function survived(
	gateway: Gateway,
	{ name, version, before, lost }: { name: string; version: string; before: string | undefined; lost: Error },
): Promise<void> {
	console.log(`  ${lost.message}; waiting for the gateway …`);
	for (let attempt = 0; attempt < restartAttempts; attempt++) {
		await sleep(restartPause);
		try {
			const { models } = await gateway.stock();
			const status = models.find((model) => name === model.name && version === model.version);
			if ("live" === status?.role || "shadow" === status?.role) return;
			const live = await serving(gateway, name);
			throw new FailedError(
				`The gateway stopped while it tried ${name} ${version}. ${live ?? "No version"} serves${live === before ? " on" : ""}.`,
			);
		} catch (error) {
			if (!(error instanceof UnreachableError)) throw error;
		}
	}
	throw lost;
}

async function serving(gateway: Gateway, name: string): Promise<string | undefined> {
	const { models } = await gateway.stock();
	return models.find((model) => name === model.name && "live" === model.role)?.version;
}

/** What a person can do about a refusal. */
const advice: Readonly<Record<string, string>> = {
	name: "names and versions are of letters, digits, `.`, `_` and `-`, at most 32",
	size: "make the model smaller: fewer weights, or fewer golden rows",
	room: "remove a version that is not needed (`npm run models` lists them, and takes --remove), or make the model smaller",
	exists: "give it a new version: what is stored under one is never replaced",
	older: "give it a version above the newest one",
	busy: "wait until the other upload has ended",
	hash: "send the file again: it was damaged on the way",
	engine: "use only operators that the gateway has",
	memory: "make the model smaller, or unload another one",
	card: "make the file anew, with the name and version under which it is sent",
	signature: "sign the file anew with a publisher's key that the gateway knows, or send it unsigned as an admin",
	unsigned: "use a token with the scope admin, or sign the file with a publisher's key that the gateway knows",
	interface: "give it the input of the version that serves, or another name",
	golden: "make the file anew on the engine of this gateway: it computes something else than where the model was made",
};

const greatestFigures = 20;

/** The figures of a refusal, one line each. */
function figures(problem: Problem): string[] {
	const told = ["type", "title", "status", "detail", "error", "code", "serving", "name", "version"];
	return Object.entries(problem)
		.filter(([name]) => !told.includes(name))
		.slice(0, greatestFigures)
		.map(([name, value]) => printable(`  ${name}: ${format(value)}`));
}

function format(value: unknown): string {
	if (Array.isArray(value)) return value.map(format).join(", ");
	if ("number" === typeof value && Number.isInteger(value)) return count(value);
	if ("object" !== typeof value || null === value) return String(value);
	return Object.entries(value)
		.map(([name, part]) => `${name} ${format(part)}`)
		.join(", ");
}

function refusalText({ problem }: RefusedError): string {
	const { status, code, serving } = problem;
	const lines = [`The gateway refused: ${problem.detail}`, ...figures(problem)];
	if ("string" === typeof serving) lines.push(`Version ${serving} serves on.`);
	if (401 === status) lines.push("What to do: give --token as `npm start` prints it, or set TMLAAS_TOKEN.");
	else if (403 === status) lines.push("What to do: use a token with the scope train or admin.");
	else if (undefined !== code && Object.hasOwn(advice, code)) lines.push(`What to do: ${advice[code]}.`);
	return lines.join("\n");
}

interface Wishes {
	readonly shadow: boolean;
	readonly load: boolean;
}

async function deploy(file: string, gateway: Gateway, wishes: Wishes): Promise<void> {
	const { content, card } = await readFileWithCard(file);
	const { name, version, labels } = card;
	console.log(
		`${name} ${version}: ${count(content.length)} bytes${labels.length ? `, tells ${printable(labels.join(", "))}` : ""}`,
	);
	if (await isStored(gateway, card, content)) console.log(`${gateway.address.origin} has the file already.`);
	else {
		console.log(`Uploading to ${gateway.address.origin} …`);
		await upload(gateway, card, content);
	}
	if (wishes.load) await load(gateway, card, wishes.shadow);
	else console.log(`${name} ${version} is stored and does not serve; the same command without --no-load loads it.`);
}

await runCommand({
	usage,
	options: {
		...gatewayOptions,
		shadow: { type: "boolean", default: false },
		"no-load": { type: "boolean", default: false },
	},
	words: 1,
	async run(values, [file]) {
		if (undefined === file) throw new UsageError("one model file is to be named, as in models/gesture.tflite");
		if (values.shadow && values["no-load"]) throw new UsageError("--shadow and --no-load exclude each other");
		try {
			await deploy(file, openGateway(values), { shadow: values.shadow, load: !values["no-load"] });
		} catch (error) {
			if (error instanceof RefusedError) throw new FailedError(refusalText(error));
			if (!(error instanceof UnreachableError)) throw error;
			throw new FailedError(
				`${error.message}\nWhat to do: see whether the gateway runs (\`npm start\`) at this address, and run the command again: it goes on where it stopped.`,
			);
		}
		return undefined;
	},
});
