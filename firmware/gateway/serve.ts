/** The gateway that serves: the composition root, which alone knows every part. */

import Resource from "Resource";
import Digital from "embedded:io/digital";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import FlashStorage from "embedded:storage/flash";
import Base64 from "base64";
import boot from "boot";
import { monotonic } from "common/monotonic";
import { fillRandom } from "common/random";
import { Digest } from "crypt";
import Engine from "engine";
import Flash from "flash";
import type { BootRecord } from "gateway/boot/boot-record";
import { openMachine } from "gateway/boot/machine";
import type { System } from "gateway/boot/system";
import { Button } from "gateway/button";
import { Outbox } from "gateway/cloud/outbox";
import { type CloudStatus, Uplink } from "gateway/cloud/uplink";
import { Authenticator } from "gateway/devices/authenticate";
import type { Device } from "gateway/devices/device";
import { Pairing } from "gateway/devices/pairing";
import { Registry, type Store } from "gateway/devices/registry";
import { deviceRoutes, formatDevices, formatPairing } from "gateway/devices/routes";
import { Discovery, discoveryInterval } from "gateway/discovery";
import { describe, openImprov } from "gateway/improv-line";
import { captureRoutes, formatCaptures } from "gateway/inference/capture-routes";
import { Captures } from "gateway/inference/captures";
import { ModelStore } from "gateway/inference/model-store";
import { publisherRoutes } from "gateway/inference/publisher-routes";
import { type KeyStorage, Publishers } from "gateway/inference/publishers";
import { Repository } from "gateway/inference/repository";
import { repositoryRoutes } from "gateway/inference/repository-routes";
import { inferenceRoutes } from "gateway/inference/routes";
import { Windows } from "gateway/inference/windows";
import { listenAddress } from "gateway/network";
import { openPanel } from "gateway/open-display";
import { makeFirstToken, openTokens } from "gateway/operators";
import type { Result } from "gateway/result";
import { readBroker, readGateway, readOr } from "gateway/settings";
import { statusLines } from "gateway/status-display";
import { openDomain, reader } from "gateway/stored-settings";
import { Feed } from "gateway/web/feed";
import { Guard } from "gateway/web/guard";
import { pageRoutes } from "gateway/web/page";
import { Server } from "gateway/web/server";
import { requestProvisioning, Wireless } from "gateway/wireless";
import config from "mc/config";
import Time from "time";
import Timer from "timer";

/** Milliseconds between two writes of twins that have changed, and the least between two drawings of the panel. */
const flushInterval = 30_000;
const displayInterval = 1000;
const keyLength = 32;
/** Milliseconds for which the panel tells a first token to whoever holds the board, unless it is used before. */
const tokenTime = 600_000;

const version: string = config.gateway.version;

/** Serves: everything runs. The other ways to start are `main.ts`'s to choose. */
export function serve(record: BootRecord): void {
	const ticks = monotonic();
	const sha256 = () => new Digest("SHA256");

	const notices: string[] = [];
	const gateway = readGateway(reader("gateway"), notices);
	const server = { name: gateway.name, version };
	const tokens = openTokens(server, ticks);
	const wireless = new Wireless({
		now: ticks,
		onOnline() {
			improv?.connected();
			if (0 !== web.port) return;
			web.listen();
			uplink?.start();
		},
		onChange() {
			if (undefined !== asked && null !== link.supervisor.failureOf(asked)) improv?.failed();
			// Nobody reaches it in a network any more. What is on trial goes back by itself, and says why.
			if (0 === link.networks.count && !boot.pending) system.options.supervisor.restart(0);
			publishSystem();
		},
	});
	const { link, manager } = wireless;
	/** The slot of what the serial line asked for last. */
	let asked: number | undefined;
	const publishSystem = () => {
		if (feed.viewers) feed.publish("system", () => system.format());
	};

	// Before models are opened, which may take forever: from here on the watchdog watches.
	const system: System = openMachine({
		...{ record, mode: "serve", name: gateway.name, ticks, notices, wifi: () => manager.status() },
		lack() {
			if ("connected" !== link.supervisor.state) return "no-network";
			if (0 === web.port) return "not-listening";
			return repository.serving().next().done ? "no-model" : undefined;
		},
		onChange: publishSystem,
	});

	const outbox = new Outbox({ flash: FlashStorage.open({ path: "log" }) });
	const broker = readOr(() => readBroker(reader("cloud")), undefined, notices);
	const uplink = broker
		? new Uplink({
				tcp: TCP,
				timer: Timer,
				now: () => Time.ticks,
				random: Math.random,
				outbox,
				gateway: gateway.name,
				version,
				broker,
				onStatus(status) {
					if (feed.viewers) feed.publish("cloud", JSON.stringify(status));
				},
			})
		: undefined;
	const cloudStatus = (): CloudStatus =>
		uplink?.status ?? {
			state: "off",
			broker: "",
			queued: outbox.queued,
			acknowledged: outbox.acknowledged,
			capacity: outbox.capacity,
		};

	function publishDevice(device: Device): void {
		if (feed.viewers) feed.publish("device", device.format());
	}

	const registry = new Registry({ store: openDomain("devices", "buffer") as unknown as Store });
	const pairing = new Pairing({
		createKey() {
			const key = new Uint8Array(keyLength);
			fillRandom(key);
			return key;
		},
		digest(text) {
			const hash = sha256();
			hash.write(text);
			return new Uint8Array(hash.close());
		},
		admit(request, key) {
			const device = registry.admit(request.id, request.name, request.firmware, key);
			if (device) publishDevice(device);
			return undefined !== device;
		},
		keyOf: (id) => registry.get(id)?.key,
		onChange() {
			feed.publish("pairing", formatPairing({ pairing, ticks }));
			Timer.clear(closing);
			const remaining = pairing.remaining(ticks());
			closing = remaining ? Timer.set(() => pairing.tick(ticks()), remaining) : undefined;
		},
	});
	let closing: Timer | undefined;

	const authenticator = new Authenticator({
		registry,
		createHash: sha256,
		now: Date.now,
		onReject: publishDevice,
		onFirst(device) {
			pairing.settled(device.id);
			publishDevice(device);
		},
	});

	const captures = new Captures({
		flash: FlashStorage.open({ path: "captures" }),
		onChange() {
			if (feed.viewers) feed.publish("captures", () => formatCaptures(captures));
		},
	});

	/** The latest result, for the panel. */
	let latest: string | undefined;
	const clock = { now: Date.now, microseconds: () => Time.microseconds! };
	const windows = new Windows({
		authenticate: (request, body) => authenticator.authenticate(request, body),
		// Without a cloud nobody would ever take a result out again.
		publish: (result) => undefined === uplink || outbox.append(result),
		onResult(result, window) {
			const { device, time } = result;
			latest = `${result.label} ${Math.round(100 * result.confidence)}%`;
			try {
				captures.take(device, registry.get(device)?.rate ?? 0, time, window);
			} catch (error) {
				// The device has its answer; what cannot be kept is no reason to withhold it.
				trace(`a window of ${device} not kept: ${(error as Error).message}\n`);
				captures.stop(device);
			}
			// Nobody looks: nothing is made to be looked at.
			if (feed.viewers) feed.publish("result", () => formatResult(result, window));
		},
		clock,
	});

	function formatResult(result: Result, window: Uint8Array): string {
		const { device, id, label, confidence, model, version, time } = result;
		const probabilities = Array.from(result.probabilities);
		const text = JSON.stringify({ device, id, label, confidence, probabilities, model, version, time });
		// The window's digits need no escapes, and stringify would take several times their memory.
		return text.slice(0, -1).concat(',"window":"', Base64.encode(window), '"}');
	}

	const feed: Feed = new Feed({
		*snapshot() {
			yield `{"gateway":${JSON.stringify(server)},"models":`;
			let separator = "[";
			for (const { name, version, labels } of repository.serving()) {
				yield separator + JSON.stringify({ name, version, labels });
				separator = ",";
			}
			yield `${"[" === separator ? "[]" : "]"},"devices":`;
			yield* formatDevices(registry);
			yield `,"pairing":${formatPairing({ pairing, ticks })},"cloud":${JSON.stringify(cloudStatus())}`;
			yield `,"captures":${formatCaptures(captures)},"system":${system.format()}}`;
		},
	});

	const store = new ModelStore({ flash: FlashStorage.open({ path: "models" }), hash: sha256 });
	const publishers = new Publishers({
		storage: openDomain("publishers", "string") as unknown as KeyStorage,
		digestOf: (bytes) => store.digestOf(bytes),
	});
	const repository: Repository = new Repository({
		factory: { name: "gesture", file: new Uint8Array(new Resource("gesture.tflite") as unknown as ArrayBuffer) },
		note: (mark) => boot.note(mark),
		culprit: record.culprit,
		open(model, memory) {
			// At the start one model after the other computes its golden rows, and no round of the main loop comes between.
			boot.feed();
			return new Engine({ model, memory });
		},
		store,
		signerOf: (file) => publishers.signerOf(file),
		flash: new Uint8Array(new Flash("models").map() as unknown as ArrayBuffer),
		storage: openDomain("models", "string"),
		memory: config.gateway.modelMemory,
		ticks,
		microseconds: clock.microseconds,
		defer: (run) => Timer.set(run, 0),
		onEvent(event) {
			trace(`model ${event.name} ${event.version}: ${event.type}${event.reason ? `, ${event.reason}` : ""}\n`);
			if (0 === feed.viewers) return;
			// Whoever has only the snapshot does not know the new version's labels.
			const labels = "live" === event.type ? repository.find(event.name)?.labels : undefined;
			feed.publish("model", JSON.stringify({ ...event, labels }));
		},
	});

	record.acquit();

	const web = new Server({
		listener: Listener as never,
		tcp: TCP as never,
		timer: Timer as never,
		port: gateway.port,
		...(undefined === listenAddress ? {} : { address: listenAddress }),
		now: ticks,
		routes: [
			...inferenceRoutes({ server, repository, windows, clock }),
			...repositoryRoutes(repository),
			...publisherRoutes(publishers),
			...captureRoutes({
				captures,
				isDevice: (id) => undefined !== registry.get(id),
				encode: (bytes) => Base64.encode(bytes),
			}),
			...deviceRoutes({
				registry,
				pairing,
				ticks,
				onChange: publishDevice,
				onRemove(id) {
					// Who joins under this id next is another device.
					captures.stop(id);
					feed.publish("removed", JSON.stringify({ id }));
				},
			}),
			...tokens.routes,
			...system.routes,
			...manager.routes,
			feed.route,
			{
				method: "GET",
				path: "/api/v1/cloud",
				scope: "infer",
				handle: () => ({ status: 200, body: JSON.stringify(cloudStatus()) }),
			},
			...pageRoutes((name) => new Resource(name)),
		],
		guard: new Guard({ name: gateway.name, addresses: () => [...wireless.addresses(), discovery.host] }),
		tokens,
		onError: (request, error) =>
			trace(`${request ? `${request.method} ${request.path}` : "an answer"}: ${(error as Error).stack ?? error}\n`),
	});

	Timer.repeat(() => {
		if (feed.viewers) for (const device of registry.values()) if (device.changed) publishDevice(device);
		try {
			registry.flush();
		} catch (error) {
			// A full store costs the twins their last half minute, not the gateway its life.
			trace(`twins not stored: ${(error as Error).message}\n`);
		}
		try {
			repository.tick();
		} catch (error) {
			trace(`a model's trial not ended: ${(error as Error).message}\n`);
		}
	}, flushInterval);

	const discovery = new Discovery({
		name: gateway.name,
		version,
		now: ticks,
		address: () => link.address(),
		port: () => web.port,
		devices: { isPaired: () => registry.size > 0, isPairing: () => pairing.remaining(ticks()) > 0 },
	});
	Timer.repeat(() => discovery.tick(), discoveryInterval);

	const improv = openImprov({
		information: describe(gateway.name),
		get connected() {
			return "connected" === link.supervisor.state;
		},
		url() {
			const address = link.address();
			return undefined === address ? undefined : `http://${address}${80 === web.port ? "" : `:${web.port}`}/`;
		},
		join(ssid, password) {
			asked = link.attempt(ssid, password);
		},
		look: (found, done) => link.look(found, done),
	});

	const button = new Button({
		onShort: () => pairing.open(ticks()),
		onLong() {
			requestProvisioning();
			discovery.leave();
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

	// Not before all else has started: a start that fails on the way shows it to nobody.
	const token = makeFirstToken(tokens);
	const panel = openPanel();
	Timer.repeat(() => {
		const now = ticks();
		button.tick(now);
		if (undefined === panel) return;
		let count = 0;
		for (const { windows } of registry.values()) count += windows;
		panel.show(
			statusLines(
				{
					name: gateway.name,
					wifi: manager.status(),
					pairing: Math.ceil(pairing.remaining(now) / 1000),
					code: pairing.requests()[0]?.code,
					result: latest,
					devices: registry.size,
					windows: count,
					cloud: cloudStatus().state,
					update: system.line,
					token: now < tokenTime && !tokens.used ? token : undefined,
				},
				panel.step,
			),
		);
	}, displayInterval);
	link.start();
}
