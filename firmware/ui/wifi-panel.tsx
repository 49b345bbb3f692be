import { type FormEvent, useCallback, useEffect, useState } from "react";
import type { API } from "./api";
import type { JoinFailure, KeptNetworks, SightedNetwork, WiFi } from "./model";
import { SureButton } from "./sure-button";
import type { Action } from "./use-action";

const failures: Readonly<Record<JoinFailure, string>> = {
	"wrong-password": "the password is wrong",
	"not-found": "the network is not to be found",
	"no-address": "the network gives no address",
	lost: "the connection was lost",
};

function wifiText({ state, ssid, rssi, address, failure }: WiFi): string {
	if ("connected" === state) return `Connected to ${ssid} as ${address}${null === rssi ? "" : `, ${rssi} dBm`}.`;
	return `Not connected to ${ssid || "any network"}${failure ? `: ${failures[failure]}` : ""}. It tries again by itself.`;
}

/** One network at most of a name, the strongest first. */
function distinct(sighted: readonly SightedNetwork[]): SightedNetwork[] {
	const byName = new Map<string, SightedNetwork>();
	for (const network of [...sighted].sort((a, b) => a.rssi - b.rssi)) byName.set(network.ssid, network);
	return [...byName.values()].filter(({ ssid }) => ssid).sort((a, b) => b.rssi - a.rssi);
}

/** The network that the gateway is in, those that it knows, and a form for another. */
export function WiFiPanel(props: { api: API; admin: boolean; wifi: WiFi; action: Action }) {
	const { api, admin, wifi, action } = props;
	const [kept, setKept] = useState<KeptNetworks>({ networks: [], asked: null });
	const [sighted, setSighted] = useState<readonly SightedNetwork[]>([]);
	const [ssid, setSSID] = useState("");
	const [password, setPassword] = useState("");
	const refresh = useCallback(() => {
		api.networks().then(
			setKept,
			// The feed tells when the gateway is away.
			() => {},
		);
	}, [api]);
	// What becomes of an attempt shows first in how the gateway stands with its network.
	useEffect(() => {
		if (admin) refresh();
	}, [admin, refresh, wifi]);
	const join = (event: FormEvent) => {
		event.preventDefault();
		action.run(`${ssid} was not kept`, async () => {
			await api.join(ssid, password);
			setPassword("");
			refresh();
			return `The gateway tries ${ssid}. It may have another address there; if it cannot join, it comes back here.`;
		});
	};
	const scan = () =>
		action.run("No networks were found", async () => {
			setSighted(distinct(await api.scan()));
			return "";
		});
	/** Without any network the gateway starts anew as one of its own. */
	const isLast = 1 === kept.networks.length;
	const forget = (name: string) => () =>
		action.run(`${name} is still known`, async () => {
			await api.forget(name).finally(refresh);
			return isLast
				? `${name} is forgotten. The gateway restarts with an access point of its own; its panel shows name and password.`
				: `${name} is forgotten.`;
		});
	return (
		<article className="card">
			<div className="card-head">
				<h2>WiFi</h2>
				<span className={`state ${"connected" === wifi.state ? "live" : "lost"}`}>
					{"connected" === wifi.state ? "Connected" : "Away"}
				</span>
			</div>
			<p>{wifiText(wifi)}</p>
			{admin && kept.asked?.failure && (
				<p className="error">
					{kept.asked.ssid} was tried: {failures[kept.asked.failure]}.
				</p>
			)}
			{admin && kept.networks.length > 0 && (
				<ul className="entries" aria-label="Known networks">
					{kept.networks.map((network) => (
						<li key={network.ssid}>
							<div className="entry">
								<b>{network.ssid}</b>
								{network.failure && <span className="soft">{failures[network.failure]}</span>}
							</div>
							<div className="actions">
								<SureButton
									sure={isLast ? "Forget and leave the network" : "Forget for good"}
									label={network.ssid}
									disabled={action.busy}
									onSure={forget(network.ssid)}
								>
									Forget
								</SureButton>
							</div>
						</li>
					))}
				</ul>
			)}
			{admin && (
				<form className="record" onSubmit={join}>
					<label>
						Network
						<input
							list="sighted"
							value={ssid}
							maxLength={32}
							autoComplete="off"
							onChange={(event) => setSSID(event.currentTarget.value)}
						/>
					</label>
					<datalist id="sighted">
						{sighted.map((network) => (
							<option key={network.ssid} value={network.ssid}>
								{`${network.rssi} dBm${network.secure ? "" : ", open"}`}
							</option>
						))}
					</datalist>
					<label>
						Password
						<input
							type="password"
							value={password}
							maxLength={64}
							autoComplete="new-password"
							onChange={(event) => setPassword(event.currentTarget.value)}
						/>
					</label>
					<button type="button" disabled={action.busy} onClick={scan}>
						{sighted.length > 0 ? `${sighted.length} found` : "Look for networks"}
					</button>
					<button type="submit" className="primary" disabled={action.busy || !ssid}>
						Join
					</button>
				</form>
			)}
		</article>
	);
}
