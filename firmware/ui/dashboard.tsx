import { useEffect, useState } from "react";
import type { API } from "./api";
import { DeviceCard } from "./device-card";
import { Logo } from "./logo";
import type { Cloud, Connection } from "./model";
import { PairingPanel } from "./pairing-panel";
import { useGateway } from "./use-gateway";

const connectionText: Readonly<Record<Connection, string>> = {
	connecting: "Connecting",
	live: "Live",
	lost: "Connection lost, trying again",
};

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
	const { connection, snapshot, windows, history } = useGateway(api, onSignOut);
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
					{snapshot?.model && (
						<p>
							Model {snapshot.model.name} {snapshot.model.version}
						</p>
					)}
				</div>
				<ul className="states" aria-label="State">
					<li className={`state ${connection}`}>{connectionText[connection]}</li>
					{snapshot && (
						<li className={`state cloud-${snapshot.cloud.state}`} title={snapshot.cloud.broker}>
							{cloudText(snapshot.cloud)}
						</li>
					)}
				</ul>
				<button type="button" className="quiet" onClick={() => onSignOut()}>
					Sign out
				</button>
			</header>
			<main>
				{error && (
					<p className="error banner" role="alert">
						{error}
						<button type="button" className="quiet" onClick={() => setError(undefined)}>
							Dismiss
						</button>
					</p>
				)}
				{snapshot && <PairingPanel api={api} act={act} pairing={snapshot.pairing} />}
				{snapshot && 0 === snapshot.devices.length && (
					<p className="empty">
						No device yet. Open pairing, then switch a wearable on: it asks to join, and you accept it here.
					</p>
				)}
				<ul className="devices">
					{snapshot?.devices.map((device) => (
						<DeviceCard
							key={device.id}
							device={device}
							labels={snapshot.labels}
							window={windows[device.id]}
							history={history[device.id] ?? []}
							now={now}
							onRename={(name) => act(api.rename(device.id, name))}
							onRemove={() => act(api.remove(device.id))}
						/>
					))}
				</ul>
			</main>
		</>
	);
}
