/** What the gateway tells the page, as its API documents it. */

export interface Result {
	readonly id: string;
	readonly label: string;
	/** 0 to 1. */
	readonly confidence: number;
	readonly probabilities: readonly number[];
	readonly model: string;
	readonly version: string;
	/** Milliseconds since 1970. */
	readonly time: number;
}

/** A device's twin. */
export interface Device {
	readonly id: string;
	readonly name: string;
	readonly firmware: string;
	/** Percent; null where the device does not say. */
	readonly battery: number | null;
	/** dBm; null where the device does not say. */
	readonly signal: number | null;
	readonly windows: number;
	readonly rejected: number;
	readonly lastSeen: number | null;
	readonly result: Result | null;
}

export interface JoinRequest {
	readonly id: string;
	readonly name: string;
	readonly code: string;
	readonly firmware: string;
}

export interface Pairing {
	readonly open: boolean;
	/** Seconds. */
	readonly remaining: number;
	readonly requests: readonly JoinRequest[];
}

export interface Cloud {
	readonly state: "off" | "connecting" | "connected" | "waiting";
	readonly broker: string;
	/** Records that the cloud has not acknowledged yet. */
	readonly queued: number;
	readonly acknowledged: number;
	readonly capacity: number;
}

export interface Gateway {
	readonly name: string;
	readonly version: string;
}

export interface Session {
	readonly scope: "infer" | "train" | "admin";
	readonly gateway: Gateway;
}

/** A model that serves; its labels are in the order of a result's probabilities. */
export interface ServingModel {
	readonly name: string;
	readonly version: string;
	readonly labels: readonly string[];
}

/** A version of a model, serving or not. */
export interface ModelStatus {
	readonly name: string;
	readonly version: string;
	readonly role: "live" | "shadow" | "stored" | "uploading";
	/** Whether it is part of the firmware. */
	readonly factory: boolean;
	/** Whether it went live a short while ago: a restart would take it back. */
	readonly trial: boolean;
	/** Whether the gateway restarted while it was on trial. */
	readonly failed: boolean;
	/** Why it does not serve; empty when it does. */
	readonly reason: string;
	/** Of the file; `offset`: how much of it is there. */
	readonly bytes: number;
	readonly offset: number;
	/** Bytes of memory while it is open. */
	readonly arena: number;
	readonly memory: number;
}

/** In bytes. */
export interface Stock {
	readonly memory: { readonly total: number; readonly used: number };
	/** `available`: in all; `largest`: in one piece, which a model needs. */
	readonly flash: { readonly total: number; readonly available: number; readonly largest: number };
	readonly models: readonly ModelStatus[];
}

export interface ModelEvent {
	readonly type: "live" | "confirmed" | "failed" | "shadow" | "dropped" | "refused" | "unloaded";
	readonly name: string;
	readonly version: string;
	readonly reason: string;
	/** Of the version that went live. */
	readonly labels?: readonly string[];
}

/** What the gateway records and keeps. */
export interface Captures {
	readonly windows: number;
	readonly capacity: number;
	readonly recordings: readonly { readonly device: string; readonly label: string; readonly remaining: number }[];
}

export interface WiFi {
	readonly state: "connected" | "connecting" | "waiting";
	readonly ssid: string;
	/** dBm. */
	readonly rssi: number | null;
	readonly address: string;
	/** Why it is not connected. */
	readonly failure: JoinFailure | null;
}

export type JoinFailure = "wrong-password" | "not-found" | "no-address" | "lost";

/** A network that was tried, and why the latest attempt failed; null when it did not, or there was none. */
export interface TriedNetwork {
	readonly ssid: string;
	readonly failure: JoinFailure | null;
}

export interface KeptNetworks {
	readonly networks: readonly TriedNetwork[];
	/** What an operator asked for last, since the start. */
	readonly asked: TriedNetwork | null;
}

export interface SightedNetwork {
	readonly ssid: string;
	/** dBm. */
	readonly rssi: number;
	readonly secure: boolean;
}

export interface Firmware {
	readonly slot: string;
	/** `pending`: on trial, and taken back unless it is confirmed. */
	readonly state: "valid" | "pending";
	/** Seconds. */
	readonly confirmIn: number | null;
	/** Bytes of a file at most. */
	readonly room: number;
	/** What became of the last update. */
	readonly last: null | {
		readonly version: string;
		readonly outcome: "installed" | "refused" | "rolled-back";
		/** A code. */
		readonly reason: string;
		readonly detail: string;
	};
}

/** What the gateway answers to firmware that it will restart into. */
export interface Installation {
	readonly version: string;
	/** Seconds. */
	readonly restartsIn: number;
}

export interface System extends Gateway {
	/** `safe`: it has failed to start too often, and only lets itself be mended. */
	readonly mode: "serve" | "safe";
	/** Seconds. */
	readonly uptime: number;
	/** Why it started. */
	readonly reason: "power" | "button" | "restart" | "panic" | "watchdog" | "brownout" | "other";
	/** Starts in a row that did not last. */
	readonly failedBoots: number;
	readonly wifi: WiFi;
	readonly firmware: Firmware;
	/** What a person should know and mend. */
	readonly notices: readonly string[];
}

export interface Snapshot {
	readonly gateway: Gateway;
	readonly models: readonly ServingModel[];
	readonly devices: readonly Device[];
	readonly pairing: Pairing;
	readonly cloud: Cloud;
	readonly captures: Captures;
	readonly system: System;
}

export interface ResultEvent extends Result {
	readonly device: string;
	/** Base64 of the window: samples × 6 little-endian int16, aX aY aZ gX gY gZ. */
	readonly window: string;
}

export type FeedEvent =
	| { readonly type: "snapshot"; readonly data: Snapshot }
	| { readonly type: "result"; readonly data: ResultEvent }
	| { readonly type: "device"; readonly data: Device }
	| { readonly type: "removed"; readonly data: { readonly id: string } }
	| { readonly type: "pairing"; readonly data: Pairing }
	| { readonly type: "cloud"; readonly data: Cloud }
	| { readonly type: "captures"; readonly data: Captures }
	| { readonly type: "system"; readonly data: System }
	| { readonly type: "model"; readonly data: ModelEvent };

/** How the page stands with the gateway. */
export type Connection = "connecting" | "live" | "lost";

export interface State {
	readonly connection: Connection;
	/** Why the feed is not there, in the gateway's words where it said any. */
	readonly reason: string;
	/** Milliseconds that this computer's clock is ahead of the gateway's, which need not know the time. */
	readonly ahead: number;
	readonly snapshot: Snapshot | undefined;
	/** The last window of each device: 6 channels, one after the other. */
	readonly windows: Readonly<Record<string, Int16Array>>;
	/** The newest first. */
	readonly history: Readonly<Record<string, readonly ResultEvent[]>>;
	/** Labels of the versions that have served while the page looked, by `versionKey`. */
	readonly labels: Readonly<Record<string, readonly string[]>>;
	/** What happened to models last; a new object each time. */
	readonly modelEvent: ModelEvent | undefined;
	/** Windows that each recording began with, as far as the page saw it, by device. */
	readonly totals: Readonly<Record<string, number>>;
}

export const versionKey = (model: string, version: string) => `${model} ${version}`;

export const initialState: State = {
	connection: "connecting",
	reason: "",
	ahead: 0,
	snapshot: undefined,
	windows: {},
	history: {},
	labels: {},
	modelEvent: undefined,
	totals: {},
};

export type Action =
	| FeedEvent
	| { readonly type: "lost"; readonly reason: string }
	| { readonly type: "clock"; readonly ahead: number };

const historyLength = 14;
const channels = 6;

/** Base64 to samples × 6 int16, turned so that a channel's samples are neighbours. */
export function decodeWindow(base64: string): Int16Array {
	const text = atob(base64);
	const samples = Math.floor(text.length / (2 * channels));
	const window = new Int16Array(samples * channels);
	for (let sample = 0; sample < samples; sample++)
		for (let channel = 0; channel < channels; channel++) {
			const at = 2 * (sample * channels + channel);
			window[channel * samples + sample] = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
		}
	return window;
}

function withDevice(state: State, id: string, change: (device: Device | undefined) => Device | undefined): State {
	const snapshot = state.snapshot;
	if (!snapshot) return state;
	const before = snapshot.devices.find((device) => id === device.id);
	const after = change(before);
	const others = snapshot.devices.filter((device) => id !== device.id);
	const devices = after
		? before
			? snapshot.devices.map((device) => (id === device.id ? after : device))
			: [...others, after]
		: others;
	return { ...state, snapshot: { ...snapshot, devices } };
}

function withLabels(state: State, models: readonly ServingModel[]): State["labels"] {
	const served = models.map(({ name, version, labels }) => [versionKey(name, version), labels]);
	return { ...state.labels, ...Object.fromEntries(served) };
}

function withModelEvent(state: State, event: ModelEvent): State {
	const { snapshot } = state;
	const { type, name, version, labels = [] } = event;
	if (!snapshot || ("live" !== type && "unloaded" !== type)) return { ...state, modelEvent: event };
	const others = snapshot.models.filter((model) => name !== model.name);
	const models = "live" === type ? [...others, { name, version, labels }] : others;
	return { ...state, modelEvent: event, labels: withLabels(state, models), snapshot: { ...snapshot, models } };
}

/** A recording of the same label with no more to come than before is the same recording. */
function countTotals(state: State, captures: Captures): State["totals"] {
	const before = state.snapshot?.captures.recordings ?? [];
	return Object.fromEntries(
		captures.recordings.map(({ device, label, remaining }) => {
			const same = before.find((old) => device === old.device && label === old.label && remaining <= old.remaining);
			return [device, (same && state.totals[device]) ?? remaining];
		}),
	);
}

/** The page's state is what the feed's events make of it, one after the other. */
export function reduce(state: State, action: Action): State {
	switch (action.type) {
		case "lost":
			return { ...state, connection: "lost", reason: action.reason };
		case "clock":
			return { ...state, ahead: action.ahead };
		case "snapshot":
			return {
				...state,
				connection: "live",
				snapshot: action.data,
				labels: withLabels(state, action.data.models),
				totals: countTotals(state, action.data.captures),
			};
		case "device":
			return withDevice(state, action.data.id, () => action.data);
		case "removed": {
			const { [action.data.id]: _window, ...windows } = state.windows;
			const { [action.data.id]: _history, ...history } = state.history;
			return { ...withDevice(state, action.data.id, () => undefined), windows, history };
		}
		case "pairing":
			return state.snapshot ? { ...state, snapshot: { ...state.snapshot, pairing: action.data } } : state;
		case "cloud":
			return state.snapshot ? { ...state, snapshot: { ...state.snapshot, cloud: action.data } } : state;
		case "system":
			return state.snapshot ? { ...state, snapshot: { ...state.snapshot, system: action.data } } : state;
		case "captures":
			if (!state.snapshot) return state;
			return {
				...state,
				totals: countTotals(state, action.data),
				snapshot: { ...state.snapshot, captures: action.data },
			};
		case "model":
			return withModelEvent(state, action.data);
		case "result": {
			const result = action.data;
			const next = withDevice(
				state,
				result.device,
				(device) => device && { ...device, result, lastSeen: result.time, windows: device.windows + 1 },
			);
			const past = state.history[result.device] ?? [];
			return {
				...next,
				windows: { ...state.windows, [result.device]: decodeWindow(result.window) },
				history: { ...state.history, [result.device]: [result, ...past].slice(0, historyLength) },
			};
		}
	}
}
