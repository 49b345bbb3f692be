/**
 * An MQTT broker in a process of its own, so that it does not slow those who measure: mosquitto where it is installed,
 * else the embedded one.
 */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Broker } from "../../tools/cli/broker";
import { freePort } from "../simulator/ports";

export interface BrokerProcess {
	readonly name: string;
	readonly address: string;
	close(): void;
}

export async function startBroker(): Promise<BrokerProcess> {
	const port = await freePort();
	const address = `mqtt://127.0.0.1:${port}`;
	const installed = undefined === spawnSync("mosquitto", ["-h"]).error;
	let child: ChildProcess;
	if (installed) {
		const settings = join(await mkdtemp(join(tmpdir(), "tmlaas-broker-")), "mosquitto.conf");
		await writeFile(settings, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`);
		child = spawn("mosquitto", ["-c", settings], { stdio: "ignore" });
	} else child = fork(fileURLToPath(import.meta.url), [String(port)]);
	const end = () => child.kill();
	process.on("exit", end);
	while (!(await listens(port))) await wait(50);
	return {
		name: installed ? "mosquitto" : "the embedded broker",
		address,
		close() {
			process.off("exit", end);
			child.kill();
		},
	};
}

function listens(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1", () => {
			socket.destroy();
			resolve(true);
		});
		socket.on("error", () => resolve(false));
	});
}

if (fileURLToPath(import.meta.url) === process.argv[1]) await Broker.start([Number(process.argv[2])]);
