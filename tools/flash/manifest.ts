/**
 * What ESP Web Tools (https://esphome.github.io/esp-web-tools/) reads before it flashes a board from the browser: the
 * chip, and which file goes where.
 */
import type { Manifest } from "esp-web-tools/dist/const";
import { type App, chips } from "./firmware";
import type { Part } from "./parts";

const names: Readonly<Record<App, string>> = { gateway: "TMLaaS gateway", wearable: "TMLaaS wearable" };

/** Seconds that a board takes at most until it answers over the cable which network it wants. */
const STARTING = 20;

/** The files lie in a folder with the app's name beside the manifest. */
export function createManifest(app: App, version: string, parts: readonly Part[]): Manifest {
	return {
		name: names[app],
		version,
		// Else all of the flash would be erased unasked where it does not recognise the firmware.
		new_install_prompt_erase: true,
		new_install_improv_wait_time: STARTING,
		builds: [{ chipFamily: chips[app], parts: parts.map(({ name, offset }) => ({ path: `${app}/${name}`, offset })) }],
	};
}
