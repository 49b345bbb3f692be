/** The gateway that waits to be told its network: its own access point, a portal there, and Improv on the serial line. */

import Digital from "embedded:io/digital";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import setAddress from "access-point";
import boot from "boot";
import type { ImprovBoard } from "common/improv";
import { monotonic } from "common/monotonic";
import { fillRandom } from "common/random";
import { type BootRecord, lastingTime } from "gateway/boot/boot-record";
import { Button } from "gateway/button";
import { describe, ImprovLine } from "gateway/improv-line";
import { dnsPort, listenAddress, portalAddress, portalPort } from "gateway/network";
import { openPanel } from "gateway/open-display";
import { openTokens } from "gateway/operators";
import { accessPointName, accessPointPassword } from "gateway/provisioning/access-point";
import { answer } from "gateway/provisioning/dns";
import { Portal } from "gateway/provisioning/portal";
import { isInOwnNetwork, PortalGuard } from "gateway/provisioning/portal-guard";
import { readGateway } from "gateway/settings";
import { failureLines } from "gateway/status-display";
import { openDomain, reader } from "gateway/stored-settings";
import { Server } from "gateway/web/server";
import { Wireless } from "gateway/wireless";
import config from "mc/config";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK has a module of this name.
import Net from "net";
import Timer from "timer";
import WiFi from "wifi";

/** Milliseconds. */
const tickInterval = 250;
const displayInterval = 1000;
const watchdogTime = 30_000;
/** From an answer to the restart that it promises. */
const restartDelay = 2000;
/** For which a gateway that is on line waits for somebody to look at the portal, before it serves. */
const patience = 180_000;
/** From when a tool on the line was told that it worked. */
const lineDelay = 5000;
/** Clients of the access point. */
const maximumClients = 4;

export function provision(record: BootRecord): void {
	const now = monotonic();
	boot.watch(watchdogTime);
	const { version } = config.gateway;
	const settings = readGateway(reader("gateway"), []);
	let { name } = settings;
	const tokens = openTokens({ name, version }, now);
	let token: string | undefined;
	const makeToken = () => {
		token = tokens.add("operator", "admin");
		return token;
	};
	let used = now();
	let due: number | undefined;
	const finish = (delay: number) => {
		due = Math.min(due ?? Number.POSITIVE_INFINITY, now() + delay);
	};

	/** Of a network that the line asked for: it is told once what came of it. */
	let asked: number | undefined;
	const wireless = new Wireless({
		now,
		onOnline() {
			improv?.connected();
			if (undefined !== asked) finish(lineDelay);
			asked = undefined;
		},
		onChange() {
			if (undefined === asked || null === link.supervisor.failureOf(asked)) return;
			asked = undefined;
			improv?.failed();
		},
	});
	const { link } = wireless;

	const ssid = accessPointName(name, Net.get("MAC", "station"));
	const password = accessPointPassword(fillRandom);
	// Beside the station, which there is already: so the SDK wants it.
	WiFi.accessPoint({ ssid, password, max: maximumClients, station: true });
	setAddress(portalAddress);
	trace(`own network: ${ssid}, password ${password}\n`);

	/** Behind an address: where the gateway will serve. */
	const suffix = 80 === settings.port ? "" : `:${settings.port}`;
	const joined = () => {
		const { state, slot } = link.supervisor;
		return "connected" === state && undefined !== slot ? link.networks.ssid(slot) : undefined;
	};

	const portal: Portal = new Portal({
		get name() {
			return name;
		},
		rename(text) {
			const domain = openDomain("gateway", "string");
			domain.write("name", text);
			domain.close();
			name = text;
		},
		join: (ssid, password) => link.attempt(ssid, password),
		look: (found, done) => link.look(found, done),
		get joined() {
			return joined();
		},
		get address() {
			const own = link.address();
			return undefined === own ? undefined : `${own}${suffix}`;
		},
		get host() {
			return `${name}.local${suffix}`;
		},
		failureOf: (slot) => link.supervisor.failureOf(slot),
		token(make) {
			if ("anew" === make || ("if-none" === make && tokens.empty)) makeToken();
			return token;
		},
		finish: () => finish(restartDelay),
		used() {
			used = now();
		},
	});
	const server: Server = new Server({
		listener: Listener as never,
		tcp: TCP as never,
		timer: Timer as never,
		port: portalPort(settings.port),
		...(undefined === listenAddress ? {} : { address: listenAddress }),
		now,
		routes: portal.routes,
		guard: new PortalGuard(portalAddress, () => server.port),
		tokens,
		onError: (_request, error) => trace(`${(error as Error).stack ?? error}\n`),
	});
	server.listen();

	const address = portalAddress.split(".").map(Number);
	new UDP({
		port: dnsPort,
		onReadable(packets) {
			for (; packets > 0; packets--) {
				const packet = this.read() as (ArrayBuffer & { address: string; port: number }) | undefined;
				if (undefined === packet) return;
				// The home's network has names of its own.
				if (!isInOwnNetwork(packet.address, portalAddress)) continue;
				const reply = answer(new Uint8Array(packet), address);
				if (undefined === reply) continue;
				try {
					this.write(reply, packet.address, packet.port);
				} catch {
					// Whoever asked has gone, and asks again when not.
				}
			}
		},
	});

	const board: ImprovBoard = {
		information: describe(name),
		get connected() {
			return undefined !== joined();
		},
		url() {
			const own = link.address();
			if (undefined === own) return;
			// Who has the cable holds the board: the first operator.
			if (tokens.empty) makeToken();
			return `http://${own}${suffix}/${undefined === token ? "" : `#token=${token}`}`;
		},
		join(ssid, password) {
			portal.join(ssid, password);
			asked = portal.slot;
		},
		look: (found, done) => link.look(found, done),
	};
	const improv = ImprovLine.open(board);

	const button = new Button({
		// Back to serving, if there is a network to serve in.
		onShort() {
			if (undefined !== link.networks.last) finish(0);
		},
		onLong() {},
	});
	new Digital({
		pin: device.pin.button!,
		mode: Digital.InputPullUp,
		edge: Digital.Falling | Digital.Rising,
		onReadable() {
			button.change(0 === this.read(), now());
		},
	});

	const begun = now();
	Timer.repeat(() => {
		boot.feed();
		const time = now();
		if (time - begun >= lastingTime) record.settle();
		button.tick(time);
		if (undefined !== joined() && time - used >= patience) finish(0);
		if (undefined === due || time < due) return;
		record.leave();
		boot.restart();
	}, tickInterval);

	// Without it there is still the line.
	const panel = openPanel();
	Timer.repeat(() => {
		const place = joined();
		const { failure } = portal;
		panel?.show([
			undefined === place ? ssid : "on line in",
			undefined === place ? password : place,
			undefined === place ? portalAddress : (link.address() ?? ""),
			undefined !== place
				? "finish"
				: portal.trying
					? "trying"
					: null === failure
						? "WiFi setup"
						: failureLines[failure],
		]);
	}, displayInterval);

	portal.look();
	if (link.networks.count > 0) link.start();
}
