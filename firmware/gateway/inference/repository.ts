/**
 * The models that the gateway holds: which versions there are, which one of each name serves, and how one follows
 * another without a request that fails. DESIGN.md tells what outlasts a power cut, and how.
 */
import { fromHex } from "common/hex";
import { isModelName } from "common/protocol";
import { compareVersions } from "common/version";
import { type Engine, type Model, markOf } from "gateway/inference/model";
import type { FlashUsage, Identity, ModelStore, StoredModel } from "gateway/inference/model-store";
import { openEngine, openModel, readCard } from "gateway/inference/open-model";
import { RepositoryError } from "gateway/inference/repository-error";
import { type RecordStorage, readServing, type ServingEntry, writeServing } from "gateway/inference/serving-record";
import { Shadow, type ShadowReport } from "gateway/inference/shadow";
import { Upload } from "gateway/inference/upload";

/** Models that are open at a time, shadows among them. */
export const maximumOpened = 4;
/** Milliseconds after which a version that has answered at least one request has passed its trial. */
const trialTime = 60_000;
const digestBytes = 32;

export type Role = "live" | "shadow" | "stored" | "uploading";

/** One version of a model. */
export interface ModelStatus {
	readonly name: string;
	/** Empty for a model of the firmware that was refused. */
	readonly version: string;
	readonly state: "READY" | "LOADING" | "UNAVAILABLE";
	readonly role: Role;
	/** Whether it is part of the firmware. */
	readonly factory: boolean;
	/** Whether it went live a short while ago: a restart would take it back. */
	readonly trial: boolean;
	/** Whether the gateway restarted while it was on trial. */
	readonly failed: boolean;
	/** Why it does not serve; empty when it does. */
	readonly reason: string;
	/** Bytes of the file, and where an upload of the rest would begin. */
	readonly bytes: number;
	readonly offset: number;
	readonly sha256: string;
	/** Bytes of memory, while it is open: for its tensors and for its prepared operators. */
	readonly arena: number;
	readonly memory: number;
}

/** In bytes. */
export interface RepositoryUsage {
	readonly memory: { readonly total: number; readonly used: number };
	readonly flash: FlashUsage;
}

export interface RepositoryEvent {
	readonly type:
		| "live"
		/** It has passed its trial. */
		| "confirmed"
		/** It has not: the version before it serves again. */
		| "failed"
		| "shadow"
		/** The shadow has ended. */
		| "dropped"
		/** What should serve could not be opened at the start. */
		| "refused"
		/** What the start found out could not be stored. */
		| "unwritten"
		| "unloaded";
	readonly name: string;
	readonly version: string;
	readonly reason: string;
}

export interface RepositoryOptions {
	/** The model in the firmware's image; `name` stands for it when it is refused. */
	factory: { name: string; file: Uint8Array };
	/** Opens a file where it lies, within `memory` bytes of arena and state. Throws what the engine says. */
	open(file: Uint8Array, memory: number): Engine;
	store: ModelStore;
	/** The publisher who signed a file, empty when nobody did. Throws `RepositoryError` `signature`. */
	signerOf(file: Uint8Array): string;
	/** All of the store's flash, in place: it shows what is written later. */
	flash: Uint8Array;
	storage: RecordStorage;
	/** Bytes that opened models may take of native memory. */
	memory: number;
	/** Milliseconds and microseconds from any beginning, never going back. */
	ticks(): number;
	microseconds(): number;
	/** Is told the mark of the model that is about to compute, and 0 when it has come back. */
	note?(mark: number): void;
	/** The mark of a version under which the gateway has crashed or stood still again and again; 0 for none. */
	culprit?: number;
	/** Calls `run` once what is being done is done. */
	defer(run: () => void): void;
	onEvent?(event: RepositoryEvent): void;
}

/** A name that serves, or should. */
interface Service extends ServingEntry {
	model: Model | undefined;
	/** Why there is no model. */
	reason: string;
	/** When the live version went live, in ticks. */
	since: number;
}

/** What a version is opened from. */
type Source = StoredModel | "factory";

export class Repository {
	readonly #options: RepositoryOptions;
	readonly #services: Service[] = [];
	/** Asked for with every request, and so kept. */
	#largestInput = 0;
	/** Of the firmware's model; empty when its card cannot be read. */
	#factoryVersion = "";
	#factoryName: string;
	/** Made when it is first asked for. */
	#factoryDigest = "";
	#upload: Upload | undefined;

	/** Opens what should serve. A version that the gateway did not survive is left for the one before it. */
	constructor(options: RepositoryOptions) {
		this.#options = options;
		this.#factoryName = options.factory.name;
		const refusal = this.readFactory();
		const entries = readServing(options.storage);
		if (!entries.some(({ name }) => name === this.#factoryName))
			entries.push({ name: this.#factoryName, live: this.#factoryVersion, former: undefined, trial: false });
		let failed = false;
		for (const entry of entries) {
			const service = { ...entry, model: undefined, reason: "unloaded", since: 0 };
			if (entry.trial) {
				this.takeBack(service, trialReason);
				failed = true;
			} else if (this.isCulprit(entry)) {
				this.takeBack(service, culpritReason);
				failed = true;
			}
			if (undefined !== service.live) service.reason = "";
			else if (service.name !== this.#factoryName) continue;
			this.#services.push(service);
		}
		// What cannot be written now is found, and done, at the next start again.
		if (failed) this.attempt("", "", () => writeServing(options.storage, this.#services));
		for (const service of this.#services) if (undefined !== service.live) this.start(service, refusal);
		this.measure();
	}

	/** The model that serves under this name; with `version`, if it is that one. */
	find(name: string, version?: string): Model | undefined {
		const model = this.service(name)?.model;
		return undefined === version || version === model?.version ? model : undefined;
	}

	/** Why `find` gives nothing; undefined when nothing by that name and version is known. */
	reason(name: string, version?: string): string | undefined {
		const service = this.service(name);
		if (undefined === version && service) return service.reason;
		if (name === this.#factoryName && version === this.#factoryVersion)
			return this.whyNot(this.roleOf(service, version, true), service, version, false);
		for (const { name: other, version: stored, complete, failed } of this.#options.store.models())
			if (name === other && (undefined === version || version === stored))
				return this.whyNot(this.roleOf(service, stored, complete), service, stored, failed);
		return undefined;
	}

	/** Whether everything serves that should, and anything at all does. */
	get ready(): boolean {
		let serving = 0;
		for (const { model, live } of this.#services) {
			if (model) serving++;
			else if (undefined !== live) return false;
		}
		return serving > 0;
	}

	/** The names that serve, or should. */
	*names(): IterableIterator<string> {
		for (const { name, live } of this.#services) if (undefined !== live) yield name;
	}

	/** The models that serve. */
	*serving(): IterableIterator<Model> {
		for (const { model } of this.#services) if (model) yield model;
	}

	/** Bytes of the inputs of the model whose are the largest. */
	get largestInput(): number {
		return this.#largestInput;
	}

	/** The file of a version that is complete, in place. Throws `RepositoryError` `absent`, `incomplete`, `hash`. */
	content(name: string, version: string): Uint8Array {
		return this.file(this.source(name, version));
	}

	/** All versions, each made when it is asked for. */
	*models(): IterableIterator<ModelStatus> {
		const { factory, store } = this.#options;
		if (this.#factoryVersion) this.#factoryDigest ||= store.digestOf(factory.file);
		yield this.status({
			name: this.#factoryName,
			version: this.#factoryVersion,
			size: factory.file.length,
			sha256: this.#factoryDigest,
			complete: true,
			failed: false,
			stored: factory.file.length,
			factory: true,
		});
		for (const model of store.models()) yield this.status({ ...model, factory: false });
	}

	usage(): RepositoryUsage {
		const { memory, store } = this.#options;
		return { memory: { total: memory, used: this.memoryUsed() }, flash: store.usage() };
	}

	/**
	 * Makes ready to take a file, or to go on with one that was interrupted. An upload of the same file that is still
	 * open is taken over. Throws `RepositoryError`: `name`, `size`, `exists`, `older`, `busy`, `room`.
	 */
	begin(identity: Identity): Upload {
		const { store } = this.#options;
		checkIdentity(identity, store.maximumSize);
		const { name, version, size, sha256 } = identity;
		const same = (other: Identity): boolean =>
			name === other.name && version === other.version && size === other.size && sha256 === other.sha256;
		const open = this.#upload;
		if (open) {
			if (!same(open))
				throw new RepositoryError("busy", `an upload of ${open.name} ${open.version} is under way`, {
					name: open.name,
					version: open.version,
				});
			open.close();
		}
		if (name === this.#factoryName && version === this.#factoryVersion)
			throw new RepositoryError("exists", `${name} ${version} is part of the firmware`, { name, version });
		let found = store.find(name, version);
		if (found?.complete && !same(found))
			throw new RepositoryError("exists", `${name} ${version} is stored already, with another content`, {
				name,
				version,
				sha256: found.sha256,
			});
		const newest = this.newest(name, true);
		if (!found?.complete && undefined !== newest && compareVersions(version, newest) < 0)
			throw new RepositoryError("older", `version ${newest} is newer than ${version}`, { newest });
		if (found && !found.complete && (!same(found) || 0 === found.stored)) found = undefined;
		// Of what was interrupted there is one at most: what is not gone on with makes room.
		for (const other of [...store.models()]) if (!other.complete && other.block !== found?.block) store.remove(other);
		const upload = new Upload({
			store,
			model: found ?? store.allocate({ name, version, size, sha256 }),
			onEnd: () => {
				if (this.#upload === upload) this.#upload = undefined;
			},
		});
		this.#upload = upload;
		return upload;
	}

	/**
	 * Lets a version serve, or run beside the one that does; without `version`, the newest that has not failed. A shadow
	 * that is to serve is not opened again. `signed`: only what a known publisher has signed. Until it has passed all that
	 * it must, and if it does not, the old one serves. Throws `RepositoryError`: `absent`, `incomplete`, `hash`,
	 * `signature`, `unsigned`, `engine`, `memory`, `card`, `interface`, `golden`, `serving`.
	 */
	load(
		name: string,
		{ version, shadow = false, signed = false }: { version?: string; shadow?: boolean; signed?: boolean } = {},
	): Model {
		const wanted = version ?? this.newest(name, false);
		if (undefined === wanted) throw new RepositoryError("absent", `no version of model "${name}" is here`, { name });
		this.checkSignature(name, wanted, signed);
		const service = this.service(name);
		const live = service?.model;
		if (shadow) return this.loadShadow(name, wanted, live);
		if (live?.version === wanted) return live;
		const running = live?.shadow?.model.version === wanted ? live.shadow : undefined;
		if (!running) this.checkOpened(live ? 0 : 1);
		const model = running ? running.model : this.openVersion(name, wanted, live);
		try {
			this.goLive(name, model, service);
		} catch (error) {
			if (!running) model.close();
			throw error;
		}
		return model;
	}

	/** What cannot be read is refused when it is opened. */
	private checkSignature(name: string, version: string, signed: boolean): void {
		const publisher = this.#options.signerOf(this.file(this.source(name, version)));
		if (signed && "" === publisher && !this.isFactory(name, version))
			throw new RepositoryError("unsigned", `${name} ${version} is not signed: an administrator has to load it`, {
				name,
			});
	}

	private isFactory(name: string, version: string): boolean {
		return name === this.#factoryName && version === this.#factoryVersion;
	}

	/** Ends the shadow, if one runs. */
	dropShadow(name: string, reason: string): void {
		const live = this.service(name)?.model;
		const shadow = live?.shadow;
		if (!shadow) return;
		live.shadow = undefined;
		shadow.close();
		this.tell("dropped", name, shadow.model.version, reason);
	}

	/** How the shadow compares; undefined when none runs. */
	shadow(name: string): ShadowReport | undefined {
		return this.service(name)?.model?.shadow?.report();
	}

	/** Ends what serves under this name, after a restart too. Throws `RepositoryError` `absent`. */
	unload(name: string): void {
		const service = this.service(name);
		if (undefined === service?.live) throw new RepositoryError("absent", `model "${name}" is not loaded`, { name });
		const { model, live } = service;
		// Only the firmware's model would come back by itself.
		const rest = this.#services.filter((other) => other !== service || name === this.#factoryName);
		writeServing(
			this.#options.storage,
			rest.map((other) => (other === service ? { name, live: undefined, former: undefined, trial: false } : other)),
		);
		this.dropShadow(name, "the model was unloaded");
		Object.assign(service, { live: undefined, former: undefined, trial: false, model: undefined, reason: "unloaded" });
		if (name !== this.#factoryName) this.#services.splice(this.#services.indexOf(service), 1);
		this.measure();
		model?.close();
		this.tell("unloaded", name, live!, "");
	}

	/** Gives a version's room back. Throws `RepositoryError`: `absent`, `serving`, `busy`. */
	remove(name: string, version: string): void {
		const { store } = this.#options;
		const stored = store.find(name, version);
		if (!stored) {
			if (name === this.#factoryName && version === this.#factoryVersion)
				throw new RepositoryError("serving", `${name} ${version} is part of the firmware`, { name, version });
			throw new RepositoryError("absent", `there is no ${name} ${version}`, { name, version });
		}
		const live = this.service(name)?.model;
		if (version === live?.version || version === live?.shadow?.model.version)
			throw new RepositoryError("serving", `${name} ${version} is in use`, { name, version });
		if (name === this.#upload?.name && version === this.#upload.version)
			throw new RepositoryError("busy", `${name} ${version} is being uploaded`, { name, version });
		store.remove(stored);
	}

	/** Ends trials whose time is over; to be called now and then. */
	tick(): void {
		const now = this.#options.ticks();
		for (const service of this.#services) {
			const { model, trial, since, name } = service;
			if (!trial || !model || now - since < trialTime || 0 === model.statistics.successes) continue;
			service.trial = false;
			try {
				writeServing(this.#options.storage, this.#services);
			} catch (error) {
				service.trial = true;
				throw error;
			}
			this.tell("confirmed", name, model.version, "");
		}
	}

	private service(name: string): Service | undefined {
		// Once for each window: an iterator would be garbage each time.
		const services = this.#services;
		for (let i = 0; i < services.length; i++) if (name === services[i]!.name) return services[i];
		return undefined;
	}

	/** Which models are open has changed. */
	private measure(): void {
		this.#largestInput = 0;
		for (const { model } of this.#services)
			if (model && model.inputLength > this.#largestInput) this.#largestInput = model.inputLength;
	}

	private tell(type: RepositoryEvent["type"], name: string, version: string, reason: string): void {
		this.#options.onEvent?.({ type, name, version, reason });
	}

	/** Finds out what the firmware's model is called; gives why that cannot be told. */
	private readFactory(): string {
		const { factory, memory, open } = this.#options;
		try {
			const engine = openEngine({ open: (bytes) => open(factory.file, bytes), memory });
			try {
				const { name, version } = readCard(engine);
				this.#factoryName = name;
				this.#factoryVersion = version;
			} finally {
				engine.close();
			}
			return "";
		} catch (error) {
			return (error as Error).message;
		}
	}

	/** The firmware's own model cannot be set aside: nothing would be left. */
	private isCulprit({ name, live }: ServingEntry): boolean {
		if (undefined === live || this.isFactory(name, live)) return false;
		return markOf(name, live) === this.#options.culprit;
	}

	/** The gateway did not survive this version. */
	private takeBack(service: Service, reason: string): void {
		const { store } = this.#options;
		const { name, live = "", former } = service;
		const stored = store.find(name, live);
		if (stored && !stored.failed) this.attempt(name, live, () => store.fail(stored));
		service.trial = false;
		service.live = former ?? (name === this.#factoryName ? this.#factoryVersion : undefined);
		service.former = undefined;
		this.tell("failed", name, live, reason);
	}

	/** A store that takes nothing more must not keep the gateway from starting. */
	private attempt(name: string, version: string, write: () => void): void {
		try {
			write();
		} catch (error) {
			this.tell("unwritten", name, version, (error as Error).message);
		}
	}

	/**
	 * Opens what should serve, else what did before, else the newest that can, else the firmware's own. What nobody has let
	 * serve does not serve for want of another: of stored versions only those that a known publisher has signed.
	 */
	private start(service: Service, refusal: string): void {
		const { store } = this.#options;
		const { name, live = "", former } = service;
		if (this.try(service, live)) return;
		if (undefined !== former && this.try(service, former)) return;
		const others = [...store.models()]
			.filter((model) => name === model.name && model.complete && !model.failed)
			.map(({ version }) => version)
			.sort((a, b) => compareVersions(b, a));
		for (const version of others)
			if (live !== version && former !== version && this.try(service, version, true)) return;
		if (name !== this.#factoryName) return;
		if ("" === this.#factoryVersion) service.reason ||= refusal;
		else if (live !== this.#factoryVersion && former !== this.#factoryVersion) this.try(service, this.#factoryVersion);
	}

	private try(service: Service, version: string, signed = false): boolean {
		const { name } = service;
		if ("" === version) return false;
		try {
			this.checkOpened(1);
			if (signed) this.checkSignature(name, version, true);
			service.model = this.openVersion(name, version, undefined, true);
			return true;
		} catch (error) {
			service.reason ||= (error as Error).message;
			this.tell("refused", name, version, (error as Error).message);
			return false;
		}
	}

	/** The newest version of a model that is whole. `all`: those that have failed too. */
	private newest(name: string, all: boolean): string | undefined {
		let newest = name === this.#factoryName && this.#factoryVersion ? this.#factoryVersion : undefined;
		for (const model of this.#options.store.models()) {
			if (name !== model.name || !model.complete || (model.failed && !all)) continue;
			if (undefined === newest || compareVersions(model.version, newest) > 0) newest = model.version;
		}
		return newest;
	}

	private memoryUsed(): number {
		let used = 0;
		for (const { model } of this.#services) {
			if (!model) continue;
			used += model.arena + model.state;
			const shadow = model.shadow?.model;
			if (shadow) used += shadow.arena + shadow.state;
		}
		return used;
	}

	private checkOpened(more: number): void {
		let models = more;
		for (const { model } of this.#services) if (model) models += model.shadow ? 2 : 1;
		if (models > maximumOpened)
			throw new RepositoryError("memory", `at most ${maximumOpened} models are open at a time`, {
				models,
				maximum: maximumOpened,
			});
	}

	private loadShadow(name: string, version: string, live: Model | undefined): Model {
		if (!live) throw new RepositoryError("absent", `model "${name}" does not serve`, { name });
		if (version === live.version)
			throw new RepositoryError("serving", `${name} ${version} serves already`, { name, version });
		if (live.shadow?.model.version === version) return live.shadow.model;
		this.checkOpened(live.shadow ? 0 : 1);
		const model = this.openVersion(name, version, live);
		if (1 !== model.inputs.length || 0 === model.labels.length || 0 === live.labels.length) {
			model.close();
			throw new RepositoryError("card", "only classifiers of one input can be compared", { name, version });
		}
		this.dropShadow(name, `version ${version} takes its place`);
		const { microseconds, defer } = this.#options;
		live.shadow = new Shadow({
			model,
			live,
			microseconds,
			defer,
			onFail: (reason) => this.dropShadow(name, reason),
		});
		this.tell("shadow", name, version, "");
		return model;
	}

	/** Opens a version within the memory that is left. `patient`: at the start, when nobody is kept waiting. */
	private openVersion(name: string, version: string, serving: Model | undefined, patient = false): Model {
		const { open, memory } = this.#options;
		const microseconds = patient ? undefined : this.#options.microseconds;
		const source = this.source(name, version);
		const file = this.file(source);
		const available = Math.max(0, memory - this.memoryUsed());
		try {
			return openModel({
				open: (bytes) => open(file, bytes),
				memory: available,
				...{ name, version, serving, microseconds },
				note: this.#options.note,
			});
		} catch (error) {
			if (!(error instanceof RepositoryError) || "memory" !== error.code || !serving) throw error;
			const held = serving.arena + serving.state;
			const needed = error.figures.needed as number;
			if (needed <= available || needed > available + held) throw error;
			throw new RepositoryError(
				"memory",
				`${error.message}; version ${serving.version} holds ${held} until the new one serves: unload it first`,
				{ ...error.figures, serving: held },
			);
		}
	}

	private source(name: string, version: string): Source {
		const { store } = this.#options;
		if (name === this.#factoryName && version === this.#factoryVersion) return "factory";
		const stored = store.find(name, version);
		if (!stored) throw new RepositoryError("absent", `there is no ${name} ${version}`, { name, version });
		if (!stored.complete)
			throw new RepositoryError(
				"incomplete",
				`${stored.stored} of ${stored.size} bytes of ${name} ${version} are here`,
				{
					offset: stored.stored,
					size: stored.size,
				},
			);
		return stored;
	}

	/** The file in place. Throws `RepositoryError` `hash` when the flash has lost bits of it. */
	private file(source: Source): Uint8Array {
		const { factory, store, flash } = this.#options;
		if ("factory" === source) return factory.file;
		const actual = store.digest(source);
		const { name, version, sha256: expected } = source;
		if (actual !== expected)
			throw new RepositoryError("hash", `the flash has lost bits of ${name} ${version}`, { expected, actual });
		return new Uint8Array(flash.buffer, flash.byteOffset + store.contentOf(source), source.size);
	}

	/** Says so in the store first: should the gateway not survive it, the next start knows. */
	private goLive(name: string, model: Model, service: Service | undefined): void {
		const { storage, ticks } = this.#options;
		const { version } = model;
		const before = service?.model;
		// Only one that has passed its trial is worth coming back to: another one might stop the gateway again and again.
		const proven = service?.trial ? service.former : (before?.version ?? service?.live);
		const next: Service = {
			name,
			live: version,
			former: version === proven ? undefined : (proven ?? before?.version),
			trial: version !== proven && !this.isFactory(name, version),
			model,
			reason: "",
			since: ticks(),
		};
		const services = this.#services.map((other) => (other === service ? next : other));
		if (!service) services.push(next);
		writeServing(storage, services);
		if (before?.shadow?.model === model) {
			before.shadow.release();
			before.shadow = undefined;
		} else this.dropShadow(name, `version ${version} serves`);
		this.#services.splice(0, this.#services.length, ...services);
		this.measure();
		before?.close();
		this.tell("live", name, version, "");
	}

	private status(
		model: Identity & { complete: boolean; failed: boolean; stored: number; factory: boolean },
	): ModelStatus {
		const { name, version, size, sha256, complete, failed, stored, factory } = model;
		const service = this.service(name);
		const live = service?.model;
		const role = this.roleOf(service, version, complete);
		const isServing = "live" === role;
		const open = isServing ? live : "shadow" === role ? live?.shadow?.model : undefined;
		return {
			name,
			version,
			state: isServing ? "READY" : complete ? "UNAVAILABLE" : "LOADING",
			role,
			factory,
			trial: isServing && true === service?.trial,
			failed,
			reason: isServing ? "" : this.whyNot(role, service, version, failed),
			bytes: size,
			offset: stored,
			sha256,
			arena: open?.arena ?? 0,
			memory: open?.state ?? 0,
		};
	}

	private roleOf(service: Service | undefined, version: string, complete: boolean): Role {
		const live = service?.model;
		if (version === live?.version) return "live";
		if (live?.shadow && version === live.shadow.model.version) return "shadow";
		return complete ? "stored" : "uploading";
	}

	private whyNot(role: Role, service: Service | undefined, version: string, failed: boolean): string {
		if ("shadow" === role) return "runs as a shadow";
		if ("uploading" === role) return "the upload is not complete";
		if (failed) return failedReason;
		if (service && !service.model && ("" === version || version === service.live)) return service.reason;
		return "not loaded";
	}
}

const failedReason = "the gateway restarted before the version had passed its trial, or while it computed";
const culpritReason = "the gateway crashed or stood still again and again while the version computed";
const trialReason = "the gateway restarted before the version had passed its trial";

function checkIdentity({ name, version, size, sha256 }: Identity, maximum: number): void {
	if (!isModelName(name) || !isModelName(version))
		throw new RepositoryError("name", "name and version have 1 to 32 letters, digits, dots, hyphens and underscores");
	if (digestBytes !== fromHex(sha256)?.length)
		throw new RepositoryError("name", "a SHA-256 has 64 lower-case hexadecimal digits");
	if (!Number.isInteger(size) || size < 1 || size > maximum)
		throw new RepositoryError("size", `a model has 1 to ${maximum} bytes`, { size, maximum });
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(Repository.prototype.names.prototype);
Object.freeze(Repository.prototype.serving.prototype);
Object.freeze(Repository.prototype.models.prototype);
