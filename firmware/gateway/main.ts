/** The gateway's start: decides in which way. */

import boot from "boot";
import { BootRecord } from "gateway/boot/boot-record";
import { bootStorage, giveUp } from "gateway/boot/machine";
import { provision } from "gateway/provision";
import { safeMode } from "gateway/safe-mode";
import { serve } from "gateway/serve";
import { needsProvisioning } from "gateway/wireless";

const record = new BootRecord(bootStorage(), boot);
if (record.isSafe) safeMode(record);
else
	try {
		// What is on trial and finds no network goes back to what did.
		if (!boot.pending && needsProvisioning()) provision(record);
		else serve(record);
	} catch (error) {
		trace(`${(error as Error).stack ?? error}\n`);
		giveUp(record, (error as Error).message);
	}
