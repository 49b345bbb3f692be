/** The gateway that has failed to start too often: the network, the page, tokens, updates, and nothing that may have been why. */

import Resource from "Resource";
import Digital from "embedded:io/digital";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import { monotonic } from "common/monotonic";
import type { BootRecord } from "gateway/boot/boot-record";
import { openMachine } from "gateway/boot/machine";
import type { System } from "gateway/boot/system";
import { Button } from "gateway/button";
import { Discovery, discoveryInterval } from "gateway/discovery";
import { listenAddress } from "gateway/network";
import { openPanel } from "gateway/open-display";
import { makeFirstToken, openTokens } from "gateway/operators";
import { readGateway } from "gateway/settings";
import { linkLine, tokenLines } from "gateway/status-display";
import { reader } from "gateway/stored-settings";
import { Feed } from "gateway/web/feed";
import { Guard } from "gateway/web/guard";
import { pageRoutes } from "gateway/web/page";
import { Server } from "gateway/web/server";
import { requestProvisioning, Wireless } from "gateway/wireless";
import config from "mc/config";
import Timer from "timer";

/** Milliseconds after which serving is tried again: what was wrong may have passed. */
const lifetime = 300_000;
/** Milliseconds between two drawings of the panel at least. */
const displayInterval = 1000;

/** What a page finds here of all that is not running. */
const nothing =
	'"models":[],"devices":[],"pairing":{"open":false,"remaining":0,"requests":[]},' +
	'"cloud":{"state":"off","broker":"","queued":0,"acknowledged":0,"capacity":0},' +
	'"captures":{"windows":0,"capacity":0,"recordings":[]}';

/** Starts what mends the gateway. It restarts by itself after some minutes, but not while it is being updated. */
export function safeMode(record: BootRecord): void {
	const ticks = monotonic();
	const notices: string[] = [];
	if ("" !== record.problem) notices.push(`the gateway could not start: ${record.problem}`);
	const gateway = readGateway(reader("gateway"), notices);
	const server = { name: gateway.name, version: config.gateway.version as string };
	const tokens = openTokens(server, ticks);
	const wireless = new Wireless({
		now: ticks,
		onOnline: () => web.listen(),
		onChange: () => feed.publish("system", () => system.format()),
	});
	const system: System = openMachine({
		...{ record, mode: "safe", name: gateway.name, ticks, notices, lifetime },
		// What starts in safe mode has not shown that it serves.
		lack: () => "no-model",
		wifi: () => wireless.manager.status(),
		onChange: () => feed.publish("system", () => system.format()),
	});
	const feed: Feed = new Feed({
		snapshot: () => `{"gateway":${JSON.stringify(server)},${nothing},"system":${system.format()}}`,
	});
	const web = new Server({
		listener: Listener as never,
		tcp: TCP as never,
		timer: Timer as never,
		port: gateway.port,
		...(undefined === listenAddress ? {} : { address: listenAddress }),
		now: ticks,
		routes: [
			...tokens.routes,
			...system.routes,
			...wireless.manager.routes,
			feed.route,
			...pageRoutes((name) => new Resource(name)),
		],
		guard: new Guard({ name: gateway.name, addresses: () => [...wireless.addresses(), discovery.host] }),
		tokens,
		onError: (_request, error) => trace(`${(error as Error).stack ?? error}\n`),
	});
	const discovery = new Discovery({
		...{ name: gateway.name, version: server.version, now: ticks },
		address: () => wireless.link.address(),
		port: () => web.port,
	});
	// Who has the board in hand need not wait for the end: a press serves again, a long one leads to another network.
	const button = new Button({
		onShort: () => system.options.supervisor.restart(0),
		onLong() {
			requestProvisioning();
			system.options.supervisor.restart(0);
		},
	});
	new Digital({
		pin: device.pin.button!,
		mode: Digital.InputPullUp,
		edge: Digital.Falling | Digital.Rising,
		onReadable() {
			button.change(0 === this.read(), ticks());
		},
	});
	Timer.repeat(() => {
		discovery.tick();
		button.tick(ticks());
	}, discoveryInterval);
	wireless.link.start();
	const token = makeFirstToken(tokens);
	trace(`safe mode, after ${record.failures} starts that did not last\n`);
	const panel = openPanel();
	Timer.repeat(() => {
		const lines = ["safe mode", gateway.name, linkLine(wireless.manager.status())];
		panel?.show((tokens.used ? undefined : tokenLines(token, panel.step)) ?? lines);
	}, displayInterval);
}
