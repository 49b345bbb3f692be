/** The least that firmware does which follows another: it says that it runs, and stays. */
import boot from "boot";
import Timer from "timer";

if (boot.pending) boot.confirm();
trace(`successor in ${boot.slot}\n`);
Timer.repeat(() => {}, 60_000);
