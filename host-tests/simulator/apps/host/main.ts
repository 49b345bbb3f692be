/** Does what its key-value entry "host"/"role" says: each role is one thing that the simulator's host must get right. */
import KeyValueStorage from "embedded:storage/key-value";
import config from "mc/config";
import * as devices from "./devices";
import * as faults from "./faults";
import * as network from "./network";
import * as preloaded from "./preloaded";
import * as storage from "./storage";

const role = KeyValueStorage.open({ path: "host", format: "string" }).read("role") as string;
const roles = { ...devices, ...faults, ...network, ...preloaded, ...storage } as Readonly<
	Record<string, () => unknown>
>;

// Firmware has no type for it: on a board only app packages do.
const { console } = globalThis as unknown as { console: { log(...items: unknown[]): void } };

if (role === "console") console.log("two", 2);
else if (role === "config") trace(`${config.host.greeting}\n`);
else if (role === "await") await new Promise(() => {});
else await roles[role]!();
