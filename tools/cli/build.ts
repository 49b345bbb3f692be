/** `npm run build`: builds a board's firmware with the Moddable SDK that is installed. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join, relative, resolve } from "node:path";
import { type Computer, findToolchain, type Toolchain, ToolchainError } from "../firmware-build/toolchain";
import { publicDigits, readKey } from "../firmware-image/publisher-key";
import { FirmwareFileError, isVersion, signFirmware } from "../firmware-image/signed-firmware";
import { type App, builtFolder } from "../flash/firmware";
import { readPartitionTable, slots } from "../flash/partition-table";
import { buildPage } from "../page/build";
import { CommandError, run } from "../simulator/command";
import { root } from "../simulator/paths";
import { count } from "../training/tflite/table";
import { FailedError, InputError, runCommand, UsageError } from "./command-line";

const usage = `usage: npm run build -- gateway|wearable [options]   builds a board's firmware
  --key KEY.pem     signs the gateway's firmware for updates over the air, and lets it take those that this key signs
                    (\`npm run sign -- --key KEY.pem --new\` makes one; keep it: a gateway takes updates of its own key alone)
  --version X.Y.Z   the version that the gateway says it is (that of package.json)
  --debug           with the SDK's debugger and its messages
  --to FOLDER       leaves it there (build/firmware/APP, where \`npm run flash\` takes it from)
  --help            prints this

It takes the Moddable SDK (MODDABLE) and, for the gateway, ESP-IDF (IDF_PATH), for the wearable what the SDK takes for
the ESP8266 (ESP_BASE). What is missing is said; nothing is downloaded. firmware/targets/README.md says more.`;

/** Each app's manifest, and the platform that mcconfig builds it for, from the repository's root. */
const apps: Readonly<Record<App, { manifest: string; platform: string; output: string }>> = {
	gateway: {
		manifest: "manifest.json",
		platform: "esp32:firmware/targets/heltec_wireless_stick",
		output: "bin/esp32/heltec_wireless_stick",
	},
	wearable: {
		manifest: "firmware/wearable/manifest.json",
		platform: "esp:firmware/targets/nodemcu",
		output: "bin/esp/nodemcu",
	},
};

/** Of a slot for updates, what is to stay free. */
const spare = 0.15;

const computer: Computer = {
	environment: process.env,
	platform: process.platform,
	home: homedir(),
	isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
	findProgram(name) {
		const folders = name.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
		const endings = process.platform === "win32" ? [".exe", ".bat", ".cmd", ""] : [""];
		return folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))).find(isExecutable);
	},
	versionOf(folder) {
		try {
			const text = execFileSync("git", ["describe", "--always", "--abbrev=0"], {
				cwd: folder,
				encoding: "utf8",
				stdio: ["ignore", "pipe", "ignore"],
			});
			return /^v[\d.]+/.exec(text)?.[0];
		} catch {
			return undefined;
		}
	},
};

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		return false;
	}
}

/** A manifest around the app's own, for what a build of its own is given. */
async function wrap(folder: string, app: App, config: Readonly<Record<string, unknown>>): Promise<string> {
	const path = join(folder, "manifest.json");
	const include = relative(folder, join(root, apps[app].manifest)).replaceAll("\\", "/");
	await writeFile(path, `${JSON.stringify({ build: { NAME: app }, include: [include], config }, undefined, "\t")}\n`);
	return path;
}

/** Runs mcconfig to the end of its build; what it prints is shown. */
async function compile(app: App, manifest: string, debug: boolean, toolchain: Toolchain, output: string) {
	const parameters = [...(debug ? ["-d"] : []), "-m", "-t", "build", "-p", apps[app].platform, "-o", output, manifest];
	// The SDK calls the compiler of TypeScript that PATH leads to: the project's own.
	const PATH = `${join(root, "node_modules/.bin")}${delimiter}${toolchain.environment.PATH}`;
	try {
		await run(toolchain.configure, parameters, {
			directory: root,
			environment: { ...toolchain.environment, PATH },
			onOutput: (text) => process.stdout.write(text),
		});
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		const lines = error.printed.trimEnd().split("\n").slice(-30);
		throw new FailedError(`the Moddable SDK did not build it:\n${lines.join("\n")}`);
	}
}

/** Takes the files that the flasher writes out of the SDK's folders. */
async function collect(files: readonly string[], folder: string): Promise<void> {
	for (const file of files)
		try {
			await copyFile(file, join(folder, file.replace(/.*[\\/]/, "")));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
			throw new FailedError(`${file} was not made; the SDK's messages above say why`);
		}
}

async function tellGateway(folder: string): Promise<void> {
	const image = await readFile(join(folder, "xs_esp32.bin"));
	const { app } = slots(readPartitionTable(await readFile(join(folder, "partition-table.bin"))));
	const free = 1 - image.length / app.size;
	const size = `xs_esp32.bin: ${count(image.length)} bytes of a slot's ${count(app.size)}`;
	const remedy = "leave operators of native/engine or resources out of manifest.json";
	if (free < 0) throw new FailedError(`${size}: it does not fit; ${remedy}`);
	console.log(`${size}; ${(100 * free).toFixed(1)} % are free`);
	if (free < spare)
		console.warn(`Less than ${100 * spare} % of a slot are free for what later versions need: ${remedy}.`);
}

await runCommand({
	usage,
	options: {
		key: { type: "string" },
		version: { type: "string" },
		debug: { type: "boolean", default: false },
		to: { type: "string" },
	},
	words: 1,
	async run({ key: keyFile, version: given, debug, to }, [word]) {
		if (word !== "gateway" && word !== "wearable")
			throw new UsageError(`which firmware is to be built, gateway or wearable?${word ? ` Not "${word}".` : ""}`);
		const app: App = word;
		if (app === "wearable" && (keyFile !== undefined || given !== undefined))
			throw new UsageError("--key and --version are for the gateway: a wearable is not updated over the air");
		const { version: packaged } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
		const version: string = given ?? packaged;
		if (!isVersion(version))
			throw new UsageError(`--version takes three numbers, as in 1.2.0 or 1.2.0-rc.1, not "${version}"`);
		const key = keyFile === undefined ? undefined : await readKey(keyFile);
		let toolchain: Toolchain;
		try {
			toolchain = findToolchain(app, computer);
		} catch (error) {
			if (error instanceof ToolchainError) throw new InputError(error.message);
			throw error;
		}

		const folder = to === undefined ? builtFolder(app) : resolve(to);
		const output = join(root, "build/moddable");
		await mkdir(folder, { recursive: true });
		await mkdir(output, { recursive: true });
		if (app === "gateway") await buildPage();
		const made = join(output, apps[app].output, debug ? "debug" : "release", app);
		const names =
			app === "gateway"
				? ["bootloader.bin", "partition-table.bin", "ota_data_initial.bin", "xs_esp32.bin"]
				: ["main.bin"];
		// What an earlier build left is not to pass for this one's.
		await Promise.all(names.map((name) => rm(join(made, name), { force: true })));
		const config =
			app === "gateway"
				? { gateway: { version, ...(key === undefined ? {} : { firmwareKey: publicDigits(key) }) } }
				: { wearable: { firmware: version } };
		await compile(app, await wrap(folder, app, config), debug, toolchain, output);

		const loaders = ["boot_v1.7.bin", "esp_init_data_default.bin"];
		await collect(
			[
				...names.map((name) => join(made, name)),
				...(toolchain.loaders === undefined ? [] : loaders.map((name) => join(toolchain.loaders!, name))),
			],
			folder,
		);
		await writeFile(join(folder, "version.txt"), `${version}\n`);
		console.log(`\nThe ${app}'s firmware ${version} is in ${relative(process.cwd(), folder)}.`);
		if (app === "gateway") {
			if (key !== undefined)
				try {
					const file = join(folder, `gateway-${version}.bin`);
					const image = await readFile(join(folder, "xs_esp32.bin"));
					await writeFile(file, signFirmware(image, { product: app, version, key }));
					console.log(`For gateways that run already: npm run update -- ${relative(process.cwd(), file)}`);
				} catch (error) {
					if (error instanceof FirmwareFileError) throw new FailedError(`xs_esp32.bin: ${error.message}`);
					throw error;
				}
			await tellGateway(folder);
		}
		console.log(`Into a board: npm run flash -- ${app} --port PORT`);
		return undefined;
	},
});
