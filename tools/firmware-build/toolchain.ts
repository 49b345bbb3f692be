/**
 * Finds what a board's firmware is built with: the Moddable SDK with its tools, and ESP-IDF or what the SDK takes for the
 * ESP8266. Nothing is downloaded; what is missing is said, with how to get it. Sources: documentation/devices/esp32.md,
 * documentation/devices/esp8266.md and tools/mcconfig/make.{esp32,esp}.mk of the Moddable SDK 8.2.
 */

/** What is asked of the computer. */
export interface Computer {
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly platform: NodeJS.Platform;
	readonly home: string;
	isFolder(path: string): boolean;
	/** The path of a program that the environment's PATH leads to. */
	findProgram(name: string): string | undefined;
	/** The newest version tag of a git checkout, as in "v6.0.1"; undefined when there is none. */
	versionOf(folder: string): string | undefined;
}

export interface Toolchain {
	/** For mcconfig and all that it starts. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** mcconfig. */
	readonly configure: string;
	/** Where the ESP8266's boot loader is; undefined for the ESP32. */
	readonly loaders: string | undefined;
}

/** Something is missing: what, and how to get it, a line each. */
export class ToolchainError extends Error {
	constructor(problems: readonly string[]) {
		super(problems.join("\n\n"));
	}
}

/** The ESP-IDF that the SDK is made for: `EXPECTED_ESP_IDF` of its build/devices/esp32/manifest.json. */
const espIDF = "v6.0";

/** The folder of the SDK's tools below build/bin. */
const hosts: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: "lin", darwin: "mac", win32: "win" };

/** Throws `ToolchainError` with all that is missing at once. */
export function findToolchain(app: "gateway" | "wearable", computer: Computer): Toolchain {
	const problems: string[] = [];
	const environment = { ...computer.environment };
	const configure = findSDK(computer, problems);
	if (configure !== undefined) {
		const separator = computer.platform === "win32" ? ";" : ":";
		const folder = configure.slice(0, configure.lastIndexOf("/"));
		environment.PATH = `${folder}${separator}${environment.PATH ?? ""}`;
	}
	let loaders: string | undefined;
	if (app === "gateway") findESPIDF(computer, problems);
	else loaders = findESP8266(computer, environment, problems);
	for (const program of ["make", "git", "python"])
		if (computer.findProgram(program) === undefined)
			problems.push(
				program === "python"
					? "The SDK's makefiles call `python`, which is not there. Install Python 3 and give it that name (Debian: `apt install python-is-python3`; ESP-IDF's export script gives it too)."
					: `\`${program}\` is not there. Install it with your system's packages.`,
			);
	if (configure === undefined || problems.length > 0) throw new ToolchainError(problems);
	return { environment, configure, loaders };
}

function findSDK({ environment, platform, isFolder, findProgram }: Computer, problems: string[]): string | undefined {
	const { MODDABLE } = environment;
	const get =
		"`npx xs-dev setup` installs it with its tools (https://xs-dev.js.org); open a new terminal after it, or follow\n" +
		"https://github.com/Moddable-OpenSource/moddable/blob/public/documentation/Moddable%20SDK%20-%20Getting%20Started.md";
	if (!MODDABLE) {
		problems.push(`MODDABLE does not say where the Moddable SDK (8.2 or later) is.\n${get}`);
		return undefined;
	}
	if (!isFolder(`${MODDABLE}/xs/includes`) || !isFolder(`${MODDABLE}/build/devices`)) {
		problems.push(`MODDABLE says ${MODDABLE}, where no Moddable SDK is.\n${get}`);
		return undefined;
	}
	const host = hosts[platform];
	if (host === undefined) {
		problems.push(`The Moddable SDK has no tools for ${platform}: build on Linux, macOS or Windows.`);
		return undefined;
	}
	for (const kind of ["release", "debug"]) {
		const folder = `${MODDABLE}/build/bin/${host}/${kind}`;
		const configure = findProgram(`${folder}/mcconfig`);
		if (configure !== undefined) return `${folder}/mcconfig`;
	}
	problems.push(
		`The Moddable SDK in ${MODDABLE} has no tools yet: build/bin/${host}/release/mcconfig is not there.\n` +
			(platform === "win32"
				? "Run `build.bat` in its build\\makefiles\\win folder."
				: `Run \`make\` in ${MODDABLE}/build/makefiles/${host}.`),
	);
	return undefined;
}

function findESPIDF({ environment, platform, isFolder, findProgram, versionOf }: Computer, problems: string[]): void {
	const { IDF_PATH } = environment;
	const get =
		`\`npx xs-dev setup --device esp32\` installs the version that the SDK is made for, or\n` +
		`  git clone -b ${espIDF} --recursive https://github.com/espressif/esp-idf.git && cd esp-idf && ` +
		(platform === "win32" ? "install.bat esp32" : "./install.sh esp32");
	if (!IDF_PATH) problems.push(`IDF_PATH does not say where ESP-IDF ${espIDF} is.\n${get}`);
	else if (!isFolder(`${IDF_PATH}/components/esp_wifi`))
		problems.push(`IDF_PATH says ${IDF_PATH}, where no ESP-IDF is.\n${get}`);
	else {
		const version = versionOf(IDF_PATH);
		// The SDK's own rule: another last number is taken.
		if (version === undefined)
			problems.push(
				`${IDF_PATH} is no git checkout with its tags, from which the SDK reads ESP-IDF's version.\n${get}`,
			);
		else if (version !== espIDF && !version.startsWith(`${espIDF}.`))
			problems.push(`${IDF_PATH} is ESP-IDF ${version}; the Moddable SDK 8.2 wants ${espIDF}.\n${get}`);
		else if (findProgram("idf.py") === undefined || findProgram("xtensa-esp32-elf-gcc") === undefined)
			problems.push(
				"ESP-IDF is there, but not its compiler in this terminal. Run\n" +
					(platform === "win32" ? `  ${IDF_PATH}\\export.bat` : `  . ${IDF_PATH}/export.sh`) +
					"\nand the same command again; when that says that tools are missing, run its install script first.",
			);
	}
}

/** Gives the folder of the boot loader. */
function findESP8266(
	computer: Computer,
	environment: Record<string, string | undefined>,
	problems: string[],
): string | undefined {
	const { home, isFolder, platform } = computer;
	const base = environment.ESP_BASE || `${home}/esp`;
	const rtos = environment.ESPRESSIF_SDK_ROOT || `${base}/ESP8266_RTOS_SDK`;
	// The SDK's makefile asks `uname`.
	const toolchain = environment.TOOLS_ROOT || `${base}/toolchain/${platform === "darwin" ? "Darwin" : "Linux"}`;
	const missing: string[] = [];
	if (!isFolder(`${base}/esp8266-2.3.0/cores/esp8266`))
		missing.push(`the ESP8266 core for Arduino 2.3.0, at ${base}/esp8266-2.3.0`);
	if (!isFolder(`${rtos}/components/newlib`)) missing.push(`ESP8266_RTOS_SDK, branch release/v3.2, at ${rtos}`);
	if (!isFolder(`${toolchain}/xtensa-lx106-elf/bin`)) missing.push(`the compiler for xtensa-lx106, at ${toolchain}`);
	if (missing.length > 0) {
		problems.push(
			`For the ESP8266 the Moddable SDK takes, below ESP_BASE (${base}):\n${missing.map((line) => `  missing: ${line}`).join("\n")}\n` +
				"`npx xs-dev setup --device esp8266` installs them, or follow\n" +
				"https://github.com/Moddable-OpenSource/moddable/blob/public/documentation/devices/esp8266.md",
		);
		return undefined;
	}
	Object.assign(environment, { ESP_BASE: base, ESPRESSIF_SDK_ROOT: rtos, TOOLS_ROOT: toolchain });
	return `${rtos}/components/esp8266/firmware`;
}
