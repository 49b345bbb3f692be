/** The two firmwares' manifests, checked for their boards as far as that goes without the SDK; and that the check does not let mistakes pass. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boards, checkForBoard, readForBoard } from "../../../tools/firmware-build/check";
import { disk } from "../../../tools/simulator/application";
import { type Files, ManifestError } from "../../../tools/simulator/manifest";
import { root } from "../../../tools/simulator/paths";

const manifests = {
	gateway: join(root, "manifest.json"),
	wearable: join(root, "firmware/wearable/manifest.json"),
} as const;
type App = keyof typeof manifests;
const apps = Object.keys(manifests) as App[];

/** The files as they are, with one text replaced in one of them. */
function changed(path: string, from: string, to: string): Files {
	return {
		...disk,
		read(file) {
			const text = disk.read(file);
			if (file !== join(root, path) || text === undefined) return text;
			if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
			return text.replace(from, to);
		},
	};
}

describe.each(apps)("the %s's manifest", (app) => {
	test("suits its board", async () => {
		expect(await checkForBoard(manifests[app], boards[app])).toEqual([]);
	});

	test("takes the board's own pins, limits and main module", () => {
		const read = readForBoard(manifests[app], boards[app]);
		expect(read.modules.get("embedded:provider/builtin")).toBe(`${boards[app].target}/host/provider.ts`);
		expect(read.main).toBe("main");
		expect(read.warnings).toEqual([]);
	});
});

test("the gateway's flash is that of its table, all of 4 MB", () => {
	const names = readForBoard(manifests.gateway, boards.gateway).partitions.map(({ name }) => name);
	for (const name of ["models", "captures", "log"]) expect(names).toContain(name);
});

describe("a mistake", () => {
	const base = "$(MODDABLE)/examples/manifest_base.json";

	test.each<[string, App, string, string, string, string, RegExp]>([
		["an unknown property", "gateway", "manifest.json", '"config":', '"configuration":', "property", /"configuration"/],
		[
			"a part that the SDK lacks",
			"gateway",
			"manifest.json",
			"modules/io/update/manifest.json",
			"modules/io/updates/manifest.json",
			"include",
			/modules\/io\/updates\/manifest\.json/,
		],
		[
			"a part that the SDK lacks for this chip",
			"wearable",
			"firmware/wearable/manifest.json",
			base,
			"$(MODDABLE)/modules/io/update/manifest.json",
			"include",
			/modules\/io\/update/,
		],
		[
			"a file of the SDK that is not there",
			"gateway",
			"firmware/targets/heltec_wireless_stick/manifest.json",
			"modules/pins/digital/esp32/modGPIO",
			"modules/pins/digital/esp32/modGPIOs",
			"absent",
			/modGPIOs/,
		],
		[
			"a module that is not there",
			"wearable",
			"firmware/wearable/manifest.json",
			'"./ring"',
			'"./rings"',
			"absent",
			/rings/,
		],
		[
			"a preload that nobody gives",
			"wearable",
			"firmware/wearable/manifest.json",
			'"preload": [',
			'"preload": ["wearable/nothing",',
			"specifier",
			/"wearable\/nothing"/,
		],
	])("%s is refused by name", (_, app, path, from, to, fault, message) => {
		let found: unknown;
		try {
			readForBoard(manifests[app], boards[app], changed(path, from, to));
		} catch (error) {
			found = error;
		}
		expect(found).toBeInstanceOf(ManifestError);
		expect((found as ManifestError).fault).toBe(fault);
		expect((found as ManifestError).message).toMatch(message);
	});

	test.each<[string, App, string, string, string, string]>([
		[
			"an import that nobody gives",
			"gateway",
			"firmware/gateway/web/page.ts",
			"import",
			'import SPI from "embedded:io/spi";\nexport const bus = SPI;\nimport',
			'gateway/web/page imports "embedded:io/spi", which neither a manifest nor the SDK gives',
		],
		[
			"a module that is not preloaded",
			"wearable",
			"firmware/wearable/manifest.json",
			'"wearable/ring",',
			"",
			"wearable/ring is not preloaded: it would take memory, not flash",
		],
		[
			"a method that goes by a name of RegExp",
			"gateway",
			"firmware/gateway/web/server.ts",
			"this.#router.find(",
			"this.#router.match(",
			'gateway/web/server: the name "match" keeps the engine of regular expressions in flash; use another',
		],
		[
			"a generator that is not frozen",
			"gateway",
			"firmware/gateway/devices/routes.ts",
			"Object.freeze(formatDevices.prototype);",
			"",
			'gateway/devices/routes: "Object.freeze(formatDevices.prototype)" is missing: the SDK\'s linker warns of it',
		],
		[
			"a generator of a class that is not frozen",
			"gateway",
			"firmware/gateway/inference/captures.ts",
			"Object.freeze(Captures.prototype.values.prototype);",
			"",
			'gateway/inference/captures: "Object.freeze(Captures.prototype.values.prototype)" is missing: the SDK\'s linker warns of it',
		],
	])("%s is told", async (_, app, path, from, to, problem) => {
		expect(await checkForBoard(manifests[app], boards[app], changed(path, from, to))).toEqual([problem]);
	});

	test("two C files of one name are told", async () => {
		const manifest = join(root, "native/random/manifest.json");
		const files = changed("native/random/manifest.json", '"./random_xs"', '["./random_xs", "../ascii/Random_XS.c"]');
		const twice: Files = {
			read: (path) => (path.endsWith("/Random_XS.c") ? "" : files.read(path)),
			list: (path) => (path === join(root, "native/ascii") ? [...disk.list(path)!, "Random_XS.c"] : disk.list(path)),
		};
		const problems = await checkForBoard(manifest, boards.gateway, twice);
		expect(problems.filter((line) => line.includes("to one file"))).toHaveLength(1);
	});
});
