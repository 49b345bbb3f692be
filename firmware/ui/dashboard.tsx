import { useEffect, useState } from "react";
import type { API } from "./api";
import { DeviceCard } from "./device-card";
import { Logo } from "./logo";
import { type Cloud, type Connection, type ServingModel, type Session, versionKey } from "./model";
import { ModelsPanel } from "./models-panel";
import { PairingPanel } from "./pairing-panel";
import { RecordingPanel } from "./recording-panel";
import { SystemPanel } from "./system-panel";
import { useGateway } from "./use-gateway";

const connectionText: Readonly<Record<Connection, string>> = {
	connecting: "Connecting",
	live: "Live",
	lost: "Not connected",
};

/** Views by the fragment of the address, so that the browser's own buttons lead back. */
const views = { "": "Devices", models: "Models", recording: "Recording", system: "System" } as const;
type View = keyof typeof views;

function currentView(): View {
	const fragment = location.hash.slice(1);
	return Object.hasOwn(views, fragment) ? (fragment as View) : "";
}

function useView(): View {
	const [view, setView] = useState(currentView);
	useEffect(() => {
		const change = () => setView(currentView());
		addEventListener("hashchange", change);
		return () => removeEventListener("hashchange", change);
	}, []);
	return view;
}

function modelsText(models: readonly ServingModel[]): string {
	if (0 === models.length) return "No model serves";
	return `${1 === models.length ? "Model" : "Models"} ${models.map(({ name, version }) => `${name} ${version}`).join(", ")}`;
}

function cloudText(cloud: Cloud): string {
	const queue = cloud.queued ? ` · ${cloud.queued} waiting` : "";
	switch (cloud.state) {
		case "off":
			return "No cloud set up";
		case "connected":
			return `Cloud connected${queue}`;
		default:
			return `Cloud away${queue}`;
	}
}

/** What the token allows; undefined until the gateway has said it. */
function useScope(api: API, connection: Connection): Session["scope"] | undefined {
	const [scope, setScope] = useState<Session["scope"]>();
	useEffect(() => {
		if ("live" !== connection) return;
		api.session().then(
			(session) => setScope(session.scope),
			() => {},
		);
	}, [api, connection]);
	return scope;
}

/** The time, once a second, so that "12 s ago" stays true. */
function useNow(): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, []);
	return now;
}

export function Dashboard(props: { api: API; onSignOut: (reason?: string) => void }) {
	const { api, onSignOut } = props;
	const { connection, reason, ahead, snapshot, windows, history, labels, modelEvent, totals } = useGateway(
		api,
		onSignOut,
	);
	const safe = "safe" === snapshot?.system.mode;
	const chosen = useView();
	const view = safe ? "system" : chosen;
	const scope = useScope(api, connection);
	const live = "live" === connection;
	const [error, setError] = useState<string>();
	const now = useNow();
	/** Runs what a person asked for, and says so when the gateway refuses. */
	const act = (action: Promise<void>) => {
		action.then(
			() => setError(undefined),
			(problem: Error) => setError(problem.message),
		);
	};
	return (
		<>
			<header>
				<Logo />
				<div className="title">
					<h1>{snapshot?.gateway.name ?? "TMLaaS gateway"}</h1>
					{snapshot && <p>{safe ? "Safe mode" : modelsText(snapshot.models)}</p>}
				</div>
				<ul className="states" aria-label="State">
					<li className={`state ${connection}`}>{connectionText[connection]}</li>
					{scope && "admin" !== scope && <li className="state">View only</li>}
					{live && snapshot && !safe && (
						<li className={`state cloud-${snapshot.cloud.state}`} title={snapshot.cloud.broker}>
							{cloudText(snapshot.cloud)}
						</li>
					)}
				</ul>
				<button type="button" className="quiet" onClick={() => onSignOut()}>
					Sign out
				</button>
			</header>
			<nav aria-label="Views">
				{Object.entries(safe ? { system: views.system } : views).map(([fragment, title]) => (
					<a key={fragment} href={`#${fragment}`} aria-current={fragment === view ? "page" : undefined}>
						{title}
					</a>
				))}
			</nav>
			<main>
				{"lost" === connection && (
					<div className="banner" role="alert">
						<p className="error">{reason}</p>
						<p className="soft">The page tries again by itself{snapshot && " and shows what it knew last"}.</p>
					</div>
				)}
				{live && safe && (
					<div className="banner" role="alert">
						<p className="error">
							The gateway has failed to start {snapshot.system.failedBoots} times in a row and serves nothing now.
						</p>
						<p className="soft">Update its firmware, or restart it to let it try again.</p>
					</div>
				)}
				{live &&
					snapshot?.system.notices.map((notice) => (
						<p key={notice} className="banner error">
							{notice}
						</p>
					))}
				{error && (
					<div className="banner" role="alert">
						<p className="error">{error}</p>
						<button type="button" className="quiet" onClick={() => setError(undefined)}>
							Dismiss
						</button>
					</div>
				)}
				{snapshot && "models" === view && (
					<ModelsPanel api={api} connection={connection} scope={scope} event={modelEvent} />
				)}
				{snapshot && "recording" === view && (
					<RecordingPanel api={api} scope={scope} live={live} snapshot={snapshot} totals={totals} />
				)}
				{snapshot && "system" === view && (
					<SystemPanel
						api={api}
						scope={scope}
						live={live}
						gateway={snapshot.gateway}
						system={snapshot.system}
						now={now}
					/>
				)}
				{snapshot && "" === view && (
					<>
						{live && "admin" === scope && <PairingPanel api={api} act={act} pairing={snapshot.pairing} />}
						{0 === snapshot.devices.length && (
							<p className="soft">
								No device yet.{" "}
								{snapshot.pairing.open
									? "Switch a wearable on: it asks to join."
									: "Open pairing, then switch a wearable on: it asks to join, and you accept it here."}
							</p>
						)}
						<ul className="devices">
							{snapshot.devices.map((device) => (
								<DeviceCard
									key={device.id}
									device={device}
									labels={device.result ? labels[versionKey(device.result.model, device.result.version)] : undefined}
									window={windows[device.id]}
									history={history[device.id] ?? []}
									now={now - ahead}
									live={live}
									editable={live && "admin" === scope}
									onRename={(name) => act(api.rename(device.id, name))}
									onRemove={() => act(api.remove(device.id))}
								/>
							))}
						</ul>
					</>
				)}
			</main>
		</>
	);
}
