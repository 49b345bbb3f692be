/** Does what its key-value entry "host"/"role" says: each role is one thing that the simulator's host must get right. */
import KeyValueStorage from "embedded:storage/key-value";
import * as devices from "host/devices";
import * as faults from "host/faults";
import * as network from "host/network";
import * as preloaded from "host/preloaded";
import * as storage from "host/storage";
import config from "mc/config";

const role = KeyValueStorage.open({ path: "host", format: "string" }).read("role") as string;
const roles = { ...devices, ...faults, ...network, ...preloaded, ...storage } as Readonly<
	Record<string, () => unknown>
>;

if (role === "config") trace(`${config.host.greeting}\n`);
else if (role === "await") await new Promise(() => {});
else await roles[role]!();
