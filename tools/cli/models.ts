/** `npm run models`: the models of a gateway with their versions, and what room there is; takes versions away. */

import type { ModelStatus } from "../../firmware/gateway/inference/repository";
import { alignColumns, count } from "../training/tflite/table";
import { runCommand, UsageError } from "./command-line";
import type { Gateway } from "./gateway";
import { gatewayOptions, openGateway } from "./gateway-options";

const usage = `usage: npm run models -- [options]
  --gateway URL     the gateway (http://127.0.0.1:8080)
  --token TOKEN     an operator's token, as \`npm start\` prints it; or in the environment as TMLAAS_TOKEN
  --remove N/V      removes version V of model N, which takes a token with the scope admin
  --help            prints this`;

function state({ role, trial, failed, offset, reason }: ModelStatus): string {
	switch (role) {
		case "live":
			return trial ? "serves, on trial" : "serves";
		case "shadow":
			return "shadow";
		case "uploading":
			return `upload broken off, or under way, at byte ${count(offset)}`;
		case "stored":
			return failed ? `failed: ${reason}` : reason;
	}
}

async function remove(gateway: Gateway, model: string): Promise<void> {
	const [name, version, ...rest] = model.split("/");
	if (!name || !version || rest.length)
		throw new UsageError(`--remove takes a model and its version as in gesture/1.0.1, not "${model}"`);
	const path = [name, "versions", version].map(encodeURIComponent).join("/");
	await gateway.request("DELETE", `/v2/repository/models/${path}/content`);
	console.log(`${name} ${version} is removed.\n`);
}

async function main(values: { gateway: string; token?: string; remove?: string }): Promise<undefined> {
	const gateway = openGateway(values);
	if (undefined !== values.remove) await remove(gateway, values.remove);
	const { models, flash, memory } = await gateway.stock();
	const rows = models.map((model) => [
		model.name,
		model.version,
		`${count(model.bytes)} bytes`,
		model.factory ? "built in" : "uploaded",
		state(model),
	]);
	console.log(alignColumns([["model", "version", "file", "origin", "state"], ...rows]).join("\n"));
	console.log(`
flash   ${count(flash.available)} of ${count(flash.total)} bytes free; ${count(flash.largest)} of them in one piece
memory  ${count(memory.used)} of ${count(memory.total)} bytes used by what is open`);
}

await runCommand({ usage, options: { ...gatewayOptions, remove: { type: "string" } }, words: 0, run: main });
