/** The gateway that serves: the composition root, which alone knows every part. */

import Resource from "Resource";
import Digital from "embedded:io/digital";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import FlashStorage from "embedded:storage/flash";
import Base64 from "base64";
import boot from "boot";
import type { ImprovBoard } from "common/improv";
import { monotonic } from "common/monotonic";
import { fillRandom } from "common/random";
import type { Found } from "common/wifi/link";
import { Digest } from "crypt";
import Engine from "engine";
import Flash from "flash";
import type { BootRecord } from "gateway/boot/boot-record";
import { type MachineOptions, openMachine } from "gateway/boot/machine";
import type { Mode, System, WiFiStatus } from "gateway/boot/system";
import { Button, type ButtonOptions } from "gateway/button";
import { Outbox } from "gateway/cloud/outbox";
import { type CloudStatus, Uplink, type UplinkOptions } from "gateway/cloud/uplink";
import { Authenticator, type AuthenticatorOptions } from "gateway/devices/authenticate";
import type { Device } from "gateway/devices/device";
import { type JoinRequest, Pairing, type PairingOptions } from "gateway/devices/pairing";
import { Registry, type Store } from "gateway/devices/registry";
import { type DevicesOptions, deviceRoutes, formatDevices, formatPairing } from "gateway/devices/routes";
import { Discovery, type DiscoveryOptions, discoveryInterval } from "gateway/discovery";
import { describe, ImprovLine } from "gateway/improv-line";
import { type CapturesService, captureRoutes, formatCaptures } from "gateway/inference/capture-routes";
import { Captures, type CapturesOptions } from "gateway/inference/captures";
import type { Clock } from "gateway/inference/clock";
import { ModelStore } from "gateway/inference/model-store";
import { publisherRoutes } from "gateway/inference/publisher-routes";
import { type KeyStorage, Publishers, type PublishersOptions } from "gateway/inference/publishers";
import { Repository, type RepositoryEvent, type RepositoryOptions } from "gateway/inference/repository";
import { repositoryRoutes } from "gateway/inference/repository-routes";
import { type InferenceOptions, inferenceRoutes } from "gateway/inference/routes";
import { Windows, type WindowsOptions } from "gateway/inference/windows";
import { listenAddress } from "gateway/network";
import { openPanel } from "gateway/open-display";
import { makeFirstToken, openTokens } from "gateway/operators";
import type { Result } from "gateway/result";
import { type BrokerSettings, readBroker, readGateway, readOr } from "gateway/settings";
import { type Panel, statusLines } from "gateway/status-display";
import { openDomain, reader } from "gateway/stored-settings";
import type { Lack } from "gateway/update/update-history";
import type { IncomingRequest } from "gateway/web/connection";
import { Feed, type FeedOptions } from "gateway/web/feed";
import { Guard, type GuardOptions } from "gateway/web/guard";
import { pageRoutes } from "gateway/web/page";
import { serve as bind, define, type Request, type Route } from "gateway/web/route";
import { Server, type ServerOptions } from "gateway/web/server";
import type { Tokens } from "gateway/web/tokens";
import { requestProvisioning, Wireless, type WirelessOptions } from "gateway/wireless";
import config from "mc/config";
import Time from "time";
import Timer from "timer";

/** Rounds of `tick` between two drawings of the panel, and between two writes of twins that have changed. */
const displayRounds = 10;
const flushRounds = 300;
const keyLength = 32;
/** Milliseconds for which the panel tells a first token to whoever holds the board, unless it is used before. */
const tokenTime = 600_000;

// Functions of a preloaded module are in flash, as are the methods of its classes.
const sha256 = () => new Digest("SHA256");
const clock: Clock = Object.freeze({ now: () => Date.now(), microseconds: () => Time.microseconds! });
const encode = (bytes: Uint8Array) => Base64.encode(bytes);
const openResource = (name: string) => new Resource(name);
const noteMark = (mark: number) => boot.note(mark);
const defer = (run: () => void) => {
	Timer.set(run, 0);
};

function openEngine(model: Uint8Array, memory: number): Engine {
	// At the start one model after the other computes its golden rows, and no round of the main loop comes between.
	boot.feed();
	return new Engine({ model, memory });
}

function formatResult(result: Result, window: Uint8Array): string {
	const { device, id, label, confidence, model, version, time } = result;
	const probabilities = Array.from(result.probabilities);
	const text = JSON.stringify({ device, id, label, confidence, probabilities, model, version, time });
	// The window's digits need no escapes, and stringify would take several times their memory.
	return text.slice(0, -1).concat(',"window":"', Base64.encode(window), '"}');
}

/** Serves: everything runs. The other ways to start are `main.ts`'s to choose. */
export function serve(record: BootRecord): void {
	new Serving(record).start();
}

/**
 * All parts, and most of what they ask for. It is one preloaded class because of the heap: a function or an options object
 * made at run time takes 100 bytes and more, a method none. Where two parts ask for different things under one name, one
 * of the small classes below stands between.
 */
class Serving
	implements
		WirelessOptions,
		MachineOptions,
		UplinkOptions<Timer>,
		WindowsOptions,
		FeedOptions,
		InferenceOptions,
		GuardOptions,
		DiscoveryOptions,
		ImprovBoard,
		ButtonOptions
{
	readonly ticks = monotonic();
	readonly notices: string[] = [];
	readonly settings = readGateway(reader("gateway"), this.notices);
	/** What is told of the gateway. */
	readonly server = { name: this.settings.name, version: config.gateway.version as string };
	readonly tokens = openTokens(this.server, this.ticks);
	readonly #wireless = new Wireless(this);
	readonly record: BootRecord;
	readonly #system: System;
	readonly outbox: Outbox;
	readonly #broker: BrokerSettings | undefined;
	readonly #uplink: Uplink<Timer> | undefined;
	readonly registry: Registry;
	readonly pairing: Pairing;
	readonly #authenticator: Authenticator;
	readonly captures: Captures;
	readonly windows: Windows;
	readonly feed: Feed;
	readonly publishers: Publishers;
	readonly repository: Repository;
	readonly #web: Server;
	readonly #discovery: Discovery;
	readonly #improv: ImprovLine | undefined;
	readonly #button: Button;
	/** The first token, for the panel. */
	readonly #token: string | undefined;
	readonly #panel: Panel | undefined;
	/** Rounds of `tick`. */
	#rounds = 0;
	/** The slot of what the serial line asked for last. */
	#asked: number | undefined;
	/** The latest result, for the panel. */
	#latest: string | undefined;
	/** Ends pairing. */
	#closing: Timer | undefined;

	constructor(record: BootRecord) {
		this.record = record;
		// Before models are opened, which may take forever: from here on the watchdog watches.
		this.#system = openMachine(this);
		this.outbox = new Outbox({ flash: FlashStorage.open({ path: "log" }) });
		this.#broker = readOr(() => readBroker(reader("cloud")), undefined, this.notices);
		if (this.#broker) this.#uplink = new Uplink<Timer>(this);
		this.registry = new Registry({ store: openDomain("devices", "buffer") as unknown as Store });
		this.pairing = new Pairing(new Joining(this));
		this.#authenticator = new Authenticator(new Signing(this));
		this.captures = new Captures(new Recording(this));
		this.windows = new Windows(this);
		this.feed = new Feed(this);
		const store = new ModelStore({ flash: FlashStorage.open({ path: "models" }), hash: sha256 });
		this.publishers = new Publishers(new Signatures(store));
		this.repository = new Repository(new Versions(this, store));
		record.acquit();
		this.#discovery = new Discovery(this);
		this.#web = new Server(new Listening(this));
		this.#improv = ImprovLine.open(this);
		this.#button = new Button(this);
		new Digital({
			pin: device.pin.button!,
			mode: Digital.InputPullUp,
			edge: Digital.Falling | Digital.Rising,
			target: this,
			onReadable: readButton,
		});
		// Not before all else has started: a start that fails on the way shows it to nobody.
		this.#token = makeFirstToken(this.tokens);
		this.#panel = openPanel();
	}

	start(): void {
		Timer.repeat(() => this.tick(), discoveryInterval);
		this.#wireless.link.start();
	}

	/** Of the system and of the link to the network. */
	get managers(): Route[] {
		return [...this.#system.routes, ...this.#wireless.manager.routes];
	}

	/* What several parts ask for. */

	get now(): () => number {
		return this.ticks;
	}

	get name(): string {
		return this.settings.name;
	}

	get version(): string {
		return this.server.version;
	}

	/** The IPv4 address that the gateway has now. */
	address(): string | undefined {
		return this.#wireless.link.address();
	}

	addresses(): string[] {
		return [...this.#wireless.addresses(), this.#discovery.host];
	}

	get connected(): boolean {
		return "connected" === this.#wireless.link.supervisor.state;
	}

	publishSystem(): void {
		if (this.feed?.viewers) this.feed.publish("system", () => this.#system.format());
	}

	publishDevice(device: Device): void {
		if (this.feed.viewers) this.feed.publish("device", device.format());
	}

	/** Of the link to the network, and of the system. */
	onChange(): void {
		if (undefined !== this.#asked && null !== this.#wireless.link.supervisor.failureOf(this.#asked))
			this.#improv?.failed();
		// Nobody reaches it in a network any more. What is on trial goes back by itself, and says why.
		if (0 === this.#wireless.link.networks.count && !boot.pending) this.#system.options.supervisor.restart(0);
		this.publishSystem();
	}

	/* The link to the network. */

	onOnline(): void {
		this.#improv?.connected();
		if (0 !== this.#web.port) return;
		this.#web.listen();
		this.#uplink?.start();
	}

	/* The system. */

	get mode(): Mode {
		return "serve";
	}

	wifi(): WiFiStatus {
		return this.#wireless.manager.status();
	}

	lack(): Lack | undefined {
		if (!this.connected) return "no-network";
		if (0 === this.#web.port) return "not-listening";
		return this.repository.serving().next().done ? "no-model" : undefined;
	}

	/* The uplink. */

	get tcp(): UplinkOptions<Timer>["tcp"] {
		return TCP as never;
	}

	get timer(): typeof Timer {
		return Timer;
	}

	get random(): () => number {
		return Math.random;
	}

	get gateway(): string {
		return this.name;
	}

	/** Asked for by the uplink, which there is only with one. */
	get broker(): BrokerSettings {
		return this.#broker!;
	}

	onStatus(status: CloudStatus): void {
		if (this.feed.viewers) this.feed.publish("cloud", JSON.stringify(status));
	}

	get cloud(): CloudStatus {
		const { queued, acknowledged, capacity } = this.outbox;
		return this.#uplink?.status ?? { state: "off", broker: "", queued, acknowledged, capacity };
	}

	/* Windows. */

	get clock(): Clock {
		return clock;
	}

	authenticate(request: Request, body: Uint8Array): Device {
		return this.#authenticator.authenticate(request, body);
	}

	publish(result: Result): boolean {
		// Without a cloud nobody would ever take a result out again.
		return undefined === this.#uplink || this.outbox.append(result);
	}

	onResult(result: Result, window: Uint8Array): void {
		const { device, time } = result;
		this.#latest = `${result.label} ${Math.round(100 * result.confidence)}%`;
		try {
			this.captures.take(device, this.registry.get(device)?.rate ?? 0, time, window);
		} catch (error) {
			// The device has its answer; what cannot be kept is no reason to withhold it.
			trace(`a window of ${device} not kept: ${(error as Error).message}\n`);
			this.captures.stop(device);
		}
		// Nobody looks: nothing is made to be looked at.
		if (this.feed.viewers) this.feed.publish("result", () => formatResult(result, window));
	}

	/* The feed. */

	*snapshot(): Generator<string, void> {
		yield `{"gateway":${JSON.stringify(this.server)},"models":`;
		let separator = "[";
		for (const { name, version, labels } of this.repository.serving()) {
			yield separator + JSON.stringify({ name, version, labels });
			separator = ",";
		}
		yield `${"[" === separator ? "[]" : "]"},"devices":`;
		yield* formatDevices(this.registry);
		yield `,"pairing":${formatPairing(this)},"cloud":${JSON.stringify(this.cloud)}`;
		yield `,"captures":${formatCaptures(this.captures)},"system":${this.#system.format()}}`;
	}

	/* Discovery. */

	port(): number {
		return this.#web.port;
	}

	get devices(): this {
		return this;
	}

	isPaired(): boolean {
		return this.registry.size > 0;
	}

	isPairing(): boolean {
		return this.pairing.remaining(this.ticks()) > 0;
	}

	/* The serial line. */

	get information(): ImprovBoard["information"] {
		return describe(this.name);
	}

	url(): string | undefined {
		const address = this.address();
		const { port } = this.#web;
		return undefined === address ? undefined : `http://${address}${80 === port ? "" : `:${port}`}/`;
	}

	join(ssid: string, password: string): void {
		this.#asked = this.#wireless.link.attempt(ssid, password);
	}

	look(found: Found, done: () => void): boolean {
		return this.#wireless.link.look(found, done);
	}

	/* The button. */

	buttonChanged(pressed: boolean): void {
		this.#button.change(pressed, this.ticks());
	}

	onShort(): void {
		this.pairing.open(this.ticks());
	}

	onLong(): void {
		requestProvisioning();
		this.#discovery.leave();
		this.#system.options.supervisor.restart(0);
	}

	/** Lets viewers see how pairing stands, and ends it in time. */
	pairingChanged(): void {
		this.feed.publish("pairing", formatPairing(this));
		Timer.clear(this.#closing);
		const remaining = this.pairing.remaining(this.ticks());
		this.#closing = remaining ? Timer.set(() => this.pairing.tick(this.ticks()), remaining) : undefined;
	}

	/** One timer for all that is looked at again and again. */
	private tick(): void {
		const now = this.ticks();
		this.#discovery.tick();
		this.#button.tick(now);
		const round = ++this.#rounds;
		if (0 === round % displayRounds) this.draw(now);
		if (0 === round % flushRounds) this.flush();
	}

	private flush(): void {
		if (this.feed.viewers) for (const device of this.registry.values()) if (device.changed) this.publishDevice(device);
		try {
			this.registry.flush();
		} catch (error) {
			// A full store costs the twins their last half minute, not the gateway its life.
			trace(`twins not stored: ${(error as Error).message}\n`);
		}
		try {
			this.repository.tick();
		} catch (error) {
			trace(`a model's trial not ended: ${(error as Error).message}\n`);
		}
	}

	private draw(now: number): void {
		const panel = this.#panel;
		if (undefined === panel) return;
		let count = 0;
		for (const { windows } of this.registry.values()) count += windows;
		panel.show(
			statusLines(
				{
					name: this.name,
					wifi: this.wifi(),
					pairing: Math.ceil(this.pairing.remaining(now) / 1000),
					code: this.pairing.requests()[0]?.code,
					result: this.#latest,
					devices: this.registry.size,
					windows: count,
					cloud: this.cloud.state,
					update: this.#system.line,
					token: now < tokenTime && !this.tokens.used ? this.#token : undefined,
				},
				panel.step,
			),
		);
	}
}

/** What a part asks for under a name that means something else to another. */
class Facet {
	protected readonly gateway: Serving;

	constructor(gateway: Serving) {
		this.gateway = gateway;
	}
}

class Joining extends Facet implements PairingOptions {
	createKey(): Uint8Array {
		const key = new Uint8Array(keyLength);
		fillRandom(key);
		return key;
	}

	digest(text: string): Uint8Array {
		const hash = sha256();
		hash.write(text);
		return new Uint8Array(hash.close());
	}

	admit({ id, name, firmware }: JoinRequest, key: Uint8Array): boolean {
		const device = this.gateway.registry.admit(id, name, firmware, key);
		if (device) this.gateway.publishDevice(device);
		return undefined !== device;
	}

	keyOf(id: string): Uint8Array | undefined {
		return this.gateway.registry.get(id)?.key;
	}

	onChange(): void {
		this.gateway.pairingChanged();
	}
}

class Signing extends Facet implements AuthenticatorOptions {
	get registry(): Registry {
		return this.gateway.registry;
	}

	get createHash(): () => Digest {
		return sha256;
	}

	get now(): () => number {
		return clock.now;
	}

	onReject(device: Device): void {
		this.gateway.publishDevice(device);
	}

	onFirst(device: Device): void {
		this.gateway.pairing.settled(device.id);
		this.gateway.publishDevice(device);
	}
}

class Recording extends Facet implements CapturesOptions, CapturesService {
	get flash(): CapturesOptions["flash"] {
		return FlashStorage.open({ path: "captures" });
	}

	get captures(): Captures {
		return this.gateway.captures;
	}

	get encode(): (bytes: Uint8Array) => string {
		return encode;
	}

	isDevice(id: string): boolean {
		return undefined !== this.gateway.registry.get(id);
	}

	onChange(): void {
		const { feed, captures } = this.gateway;
		if (feed.viewers) feed.publish("captures", () => formatCaptures(captures));
	}
}

class Changes extends Facet implements DevicesOptions {
	get registry(): Registry {
		return this.gateway.registry;
	}

	get pairing(): Pairing {
		return this.gateway.pairing;
	}

	get ticks(): () => number {
		return this.gateway.ticks;
	}

	onChange(device: Device): void {
		this.gateway.publishDevice(device);
	}

	onRemove(id: string): void {
		// Who joins under this id next is another device.
		this.gateway.captures.stop(id);
		this.gateway.feed.publish("removed", JSON.stringify({ id }));
	}
}

class Signatures implements PublishersOptions {
	readonly storage = openDomain("publishers", "string") as unknown as KeyStorage;
	readonly #store: ModelStore;

	constructor(store: ModelStore) {
		this.#store = store;
	}

	digestOf(bytes: Uint8Array): string {
		return this.#store.digestOf(bytes);
	}
}

class Versions extends Facet implements RepositoryOptions {
	readonly factory = {
		name: "gesture",
		file: new Uint8Array(openResource("gesture.tflite") as unknown as ArrayBuffer),
	};
	readonly flash = new Uint8Array(new Flash("models").map() as unknown as ArrayBuffer);
	readonly storage = openDomain("models", "string");
	readonly store: ModelStore;

	constructor(gateway: Serving, store: ModelStore) {
		super(gateway);
		this.store = store;
	}

	get culprit(): number {
		return this.gateway.record.culprit;
	}

	get memory(): number {
		return config.gateway.modelMemory;
	}

	get ticks(): () => number {
		return this.gateway.ticks;
	}

	get microseconds(): () => number {
		return clock.microseconds;
	}

	get note(): (mark: number) => void {
		return noteMark;
	}

	get open(): typeof openEngine {
		return openEngine;
	}

	get defer(): typeof defer {
		return defer;
	}

	signerOf(file: Uint8Array): string {
		return this.gateway.publishers.signerOf(file);
	}

	onEvent(event: RepositoryEvent): void {
		trace(`model ${event.name} ${event.version}: ${event.type}${event.reason ? `, ${event.reason}` : ""}\n`);
		const { feed, repository } = this.gateway;
		if (0 === feed.viewers) return;
		// Whoever has only the snapshot does not know the new version's labels.
		const labels = "live" === event.type ? repository.find(event.name)?.labels : undefined;
		feed.publish("model", JSON.stringify({ ...event, labels }));
	}
}

class Listening extends Facet implements ServerOptions {
	readonly guard = new Guard(this.gateway);

	/** Made for the one who asks: it is not kept twice. */
	get routes(): Route[] {
		const { gateway } = this;
		return [
			...inferenceRoutes(gateway),
			...repositoryRoutes(gateway.repository),
			...publisherRoutes(gateway.publishers),
			...captureRoutes(new Recording(gateway)),
			...deviceRoutes(new Changes(gateway)),
			...gateway.tokens.routes,
			...gateway.managers,
			gateway.feed.route,
			...bind(definitions, gateway),
			...pageRoutes(openResource),
		];
	}

	get listener(): ServerOptions["listener"] {
		return Listener as never;
	}

	get tcp(): ServerOptions["tcp"] {
		return TCP as never;
	}

	get timer(): ServerOptions["timer"] {
		return Timer as never;
	}

	get port(): number {
		return this.gateway.settings.port;
	}

	get address(): string | undefined {
		return listenAddress;
	}

	get now(): () => number {
		return this.gateway.ticks;
	}

	get tokens(): Tokens {
		return this.gateway.tokens;
	}

	onError(request: IncomingRequest | undefined, error: unknown): void {
		trace(`${request ? `${request.method} ${request.path}` : "an answer"}: ${(error as Error).stack ?? error}\n`);
	}
}

const definitions = define<Serving>([
	{
		method: "GET",
		path: "/api/v1/cloud",
		scope: "infer",
		handle() {
			return { status: 200, body: JSON.stringify(this.service.cloud) };
		},
	},
]);

function readButton(this: Digital & { readonly target?: unknown }): void {
	(this.target as Serving).buttonChanged(0 === this.read());
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(Serving.prototype.snapshot.prototype);
