/**
 * What `npm start`, `npm test` and the other commands run first, with nothing but Node: installs the packages of package-lock.json when
 * they are not here or are older, then runs tools/cli/<command>.ts with the other parameters.
 */
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const modules = join(root, "node_modules");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
	console.error(`Node ${process.versions.node} is too old: TMLaaS needs 20.19 or later (https://nodejs.org)`);
	process.exit(1);
}

const [command, ...parameters] = process.argv.slice(2);
const script = join(root, "tools/cli", `${command}.ts`);
if (command === undefined || !existsSync(script)) {
	console.error("usage: node tools/cli/setup.mjs <command> [parameters], where tools/cli/<command>.ts is the command");
	process.exit(2);
}

if (isStale()) {
	console.error("Installing the packages that TMLaaS is built and tested with (npm install), about 20 s …");
	const code = await run("npm", ["install", "--no-fund", "--no-audit", "--loglevel=error"]);
	if (code !== 0) {
		console.error(
			"npm install failed: see its message above. It needs a network the first time; run the same command again.",
		);
		process.exit(code);
	}
}
// Not by tsx's own command: at Ctrl-C that kills a program that is too busy to answer at once, such as a training.
process.env.TSX_TSCONFIG_PATH = join(root, "tools/tsconfig.json");
process.exit(await run(process.execPath, ["--import", "tsx", script, ...parameters]));

/** npm writes node_modules/.package-lock.json last, so that it is older than the lock file exactly when npm has to run. */
function isStale() {
	const installed = statSync(join(modules, ".package-lock.json"), { throwIfNoEntry: false });
	return installed === undefined || installed.mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
}

/** Gives the exit code. A terminal sends Ctrl-C to the child too, which ends in its own way; others' signals are passed on. */
function run(name, parameters) {
	return new Promise((resolve) => {
		const child = spawn(name, parameters, { cwd: root, stdio: "inherit" });
		const pass = (signal) => child.kill(signal);
		const ignore = () => {};
		process.on("SIGINT", ignore).on("SIGTERM", pass).on("SIGHUP", pass);
		child.on("error", (error) => {
			console.error(`${name} could not be run: ${error.message}`);
			resolve(127);
		});
		child.on("exit", (code, signal) => {
			process.off("SIGINT", ignore).off("SIGTERM", pass).off("SIGHUP", pass);
			resolve(code ?? (signal === "SIGINT" ? 130 : 143));
		});
	});
}
