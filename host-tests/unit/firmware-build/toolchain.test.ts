import { describe, expect, test } from "vitest";
import { type Computer, findToolchain, ToolchainError } from "../../../tools/firmware-build/toolchain";

const sdk = ["/sdk/xs/includes", "/sdk/build/devices"];
const idf = "/idf/components/esp_wifi";
const programs = ["make", "git", "python", "idf.py", "xtensa-esp32-elf-gcc", "/sdk/build/bin/lin/release/mcconfig"];
const esp = ["/home/esp/esp8266-2.3.0/cores/esp8266", "/home/esp/ESP8266_RTOS_SDK/components/newlib"];
const compiler = "/home/esp/toolchain/Linux/xtensa-lx106-elf/bin";

interface Given {
	environment?: Record<string, string | undefined>;
	platform?: NodeJS.Platform;
	folders?: readonly string[];
	programs?: readonly string[];
	version?: string | undefined;
}

function computer(given: Given): Computer {
	const folders = given.folders ?? [...sdk, idf];
	const found = given.programs ?? programs;
	return {
		environment: { MODDABLE: "/sdk", IDF_PATH: "/idf", PATH: "/bin", ...given.environment },
		platform: given.platform ?? "linux",
		home: "/home",
		isFolder: (path) => folders.includes(path),
		findProgram: (name) => (found.includes(name) ? name : undefined),
		versionOf: () => ("version" in given ? given.version : "v6.0.2"),
	};
}

function complaint(app: "gateway" | "wearable", given: Given): string {
	try {
		findToolchain(app, computer(given));
	} catch (error) {
		if (error instanceof ToolchainError) return error.message;
		throw error;
	}
	throw new Error("nothing is missing");
}

describe("the gateway's", () => {
	test("all is there: mcconfig by its path, its folder ahead of all others", () => {
		const found = findToolchain("gateway", computer({}));
		expect(found.configure).toBe("/sdk/build/bin/lin/release/mcconfig");
		expect(found.environment).toMatchObject({
			MODDABLE: "/sdk",
			IDF_PATH: "/idf",
			PATH: "/sdk/build/bin/lin/release:/bin",
		});
		expect(found.loaders).toBeUndefined();
	});

	test("tools that were built for debugging serve as well, macOS has its own folder", () => {
		const path = "/sdk/build/bin/mac/debug/mcconfig";
		const found = findToolchain("gateway", computer({ platform: "darwin", programs: [...programs, path] }));
		expect(found.configure).toBe(path);
	});

	test.each<[string, Given, RegExp[]]>([
		["MODDABLE is not set", { environment: { MODDABLE: undefined } }, [/^MODDABLE does not say/, /xs-dev setup/]],
		["MODDABLE is empty", { environment: { MODDABLE: "" } }, [/^MODDABLE does not say/]],
		["MODDABLE leads elsewhere", { folders: [idf] }, [/^MODDABLE says \/sdk, where no Moddable SDK is/]],
		[
			"the SDK's tools are not built",
			{ programs: programs.filter((name) => !name.endsWith("mcconfig")) },
			[/has no tools yet/, /Run `make` in \/sdk\/build\/makefiles\/lin/],
		],
		["a system that the SDK has no tools for", { platform: "freebsd" }, [/no tools for freebsd/]],
		[
			"IDF_PATH is not set",
			{ environment: { IDF_PATH: undefined } },
			[/^IDF_PATH does not say where ESP-IDF v6\.0 is/, /xs-dev setup --device esp32/, /git clone -b v6\.0/],
		],
		["IDF_PATH leads elsewhere", { folders: sdk }, [/^IDF_PATH says \/idf, where no ESP-IDF is/]],
		["ESP-IDF without its tags", { version: undefined }, [/no git checkout with its tags/]],
		["an older ESP-IDF", { version: "v5.5.1" }, [/is ESP-IDF v5\.5\.1; .* wants v6\.0/]],
		["a newer ESP-IDF", { version: "v6.01" }, [/is ESP-IDF v6\.01; /]],
		[
			"ESP-IDF's environment is not exported",
			{ programs: programs.filter((name) => name !== "idf.py") },
			[/\. \/idf\/export\.sh/],
		],
		[
			"no compiler for the ESP32",
			{ programs: programs.filter((name) => name !== "xtensa-esp32-elf-gcc") },
			[/not its compiler/],
		],
		["no make", { programs: programs.filter((name) => name !== "make") }, [/`make` is not there/]],
		["no python", { programs: programs.filter((name) => name !== "python") }, [/`python`.*not there/]],
	])("%s", (_, given, expected) => {
		const message = complaint("gateway", given);
		for (const pattern of expected) expect(message).toMatch(pattern);
	});

	test("all that is missing is told at once", () => {
		const message = complaint("gateway", { environment: { MODDABLE: undefined, IDF_PATH: undefined }, programs: [] });
		for (const pattern of [/MODDABLE does/, /IDF_PATH does/, /`make`/, /`git`/, /`python`/])
			expect(message).toMatch(pattern);
	});

	test("what the ESP8266 takes is not asked for", () => {
		expect(() => findToolchain("gateway", computer({ folders: [...sdk, idf] }))).not.toThrow();
	});
});

describe("the wearable's", () => {
	const whole = [...sdk, ...esp, compiler];

	test("all is there, at the SDK's places", () => {
		const found = findToolchain("wearable", computer({ folders: whole, environment: { IDF_PATH: undefined } }));
		expect(found.environment).toMatchObject({
			ESP_BASE: "/home/esp",
			ESPRESSIF_SDK_ROOT: "/home/esp/ESP8266_RTOS_SDK",
			TOOLS_ROOT: "/home/esp/toolchain/Linux",
		});
		expect(found.loaders).toBe("/home/esp/ESP8266_RTOS_SDK/components/esp8266/firmware");
	});

	test("all is there, where the environment says", () => {
		const folders = [...sdk, "/a/esp8266-2.3.0/cores/esp8266", "/b/components/newlib", "/c/xtensa-lx106-elf/bin"];
		const environment = { ESP_BASE: "/a", ESPRESSIF_SDK_ROOT: "/b", TOOLS_ROOT: "/c" };
		const found = findToolchain("wearable", computer({ folders, environment }));
		expect(found.environment).toMatchObject(environment);
		expect(found.loaders).toBe("/b/components/esp8266/firmware");
	});

	test.each([
		["the Arduino core", esp[0]!, "missing: the ESP8266 core for Arduino 2.3.0, at /home/esp/esp8266-2.3.0"],
		["the RTOS SDK", esp[1]!, "missing: ESP8266_RTOS_SDK, branch release/v3.2, at /home/esp/ESP8266_RTOS_SDK"],
		["the compiler", compiler, "missing: the compiler for xtensa-lx106, at /home/esp/toolchain/Linux"],
	])("%s is not there", (_, folder, expected) => {
		const message = complaint("wearable", { folders: whole.filter((name) => name !== folder) });
		expect(message).toContain(expected);
		expect(message.match(/missing: /g)).toHaveLength(1);
		expect(message).toContain("xs-dev setup --device esp8266");
	});
});
