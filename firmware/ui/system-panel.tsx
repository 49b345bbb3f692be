import { useState } from "react";
import type { API } from "./api";
import { FirmwareForm } from "./firmware-form";
import type { Gateway, Session, System } from "./model";
import { Refusal } from "./refusal";
import { SureButton } from "./sure-button";
import { useAction } from "./use-action";
import { WiFiPanel } from "./wifi-panel";

const causes: Readonly<Record<System["reason"], string>> = {
	power: "power was switched on",
	button: "the reset button was pressed",
	restart: "it was told to restart",
	panic: "the firmware failed",
	watchdog: "the watchdog found it stuck",
	brownout: "the supply's voltage broke down",
	other: "of something unknown",
};

/** "3 h 12 min", by the two greatest units. */
export function duration(seconds: number): string {
	const parts: [number, string][] = [
		[Math.floor(seconds / 86_400), "d"],
		[Math.floor(seconds / 3_600) % 24, "h"],
		[Math.floor(seconds / 60) % 60, "min"],
		[Math.floor(seconds) % 60, "s"],
	];
	const greatest = parts.findIndex(([count]) => count > 0);
	const first = greatest < 0 ? parts.length - 1 : greatest;
	return parts
		.slice(first, first + 2)
		.filter(([count], index) => 0 === index || count > 0)
		.map(([count, unit]) => `${count} ${unit}`)
		.join(" ");
}

/** Seconds since the gateway told this. */
function useAge(system: System, now: number): number {
	const [told, setTold] = useState({ system, at: now });
	if (system !== told.system) setTold({ system, at: now });
	return Math.max(0, (now - told.at) / 1_000);
}

function firmwareText(gateway: Gateway, { firmware }: System, age: number): string {
	const { slot, state, confirmIn } = firmware;
	if ("valid" === state) return `Version ${gateway.version} runs from ${slot}.`;
	const when = null === confirmIn ? "once it has served for a minute" : `in ${duration(Math.max(0, confirmIn - age))}`;
	return `Version ${gateway.version} runs from ${slot} on trial, and is confirmed ${when}. A restart before that takes it back.`;
}

/** What became of the last update, where that is news. */
function lastText({ firmware: { last } }: System): string | undefined {
	switch (last?.outcome) {
		case "rolled-back":
			return `Version ${last.version} was taken back: ${last.detail}`;
		case "refused":
			return `The last update${last.version ? `, version ${last.version},` : ""} was refused: ${last.detail}`;
		default:
			return undefined;
	}
}

/** The gateway itself: how it runs, its firmware and its network. */
export function SystemPanel(props: {
	api: API;
	scope: Session["scope"] | undefined;
	live: boolean;
	gateway: Gateway;
	system: System;
	/** Milliseconds since 1970. */
	now: number;
}) {
	const { api, scope, live, gateway, system, now } = props;
	const age = useAge(system, now);
	const action = useAction();
	const admin = live && "admin" === scope;
	const last = lastText(system);
	const restart = (mode: "serve" | "provision", done: string) => () =>
		action.run("The gateway does not restart", async () => {
			await api.restart(mode);
			return done;
		});
	return (
		<section className="panel" aria-label="System">
			{action.failure && <Refusal {...action.failure} onDismiss={action.dismiss} />}
			<p role="status" className="notice">
				{action.done}
			</p>
			<article className="card">
				<div className="card-head">
					<h2>Firmware</h2>
					<span className={`state ${"valid" === system.firmware.state ? "live" : "connecting"}`}>
						{"valid" === system.firmware.state ? "Confirmed" : "On trial"}
					</span>
				</div>
				<p>{firmwareText(gateway, system, age)}</p>
				{last && <p className="error">{last}</p>}
				{admin && <FirmwareForm api={api} live={live} room={system.firmware.room} action={action} />}
			</article>
			<WiFiPanel api={api} admin={admin} wifi={system.wifi} action={action} />
			<article className="card">
				<div className="card-head">
					<h2>Gateway</h2>
				</div>
				<p>
					It has run for {duration(system.uptime + age)}, since {causes[system.reason]}.
					{system.failedBoots > 0 &&
						` ${system.failedBoots} ${1 === system.failedBoots ? "start" : "starts"} before that did not last a minute.`}
				</p>
				{admin && (
					<div className="actions">
						<SureButton
							sure="Restart now"
							disabled={action.busy}
							onSure={restart("serve", "The gateway restarts; this page comes back by itself.")}
						>
							Restart
						</SureButton>
						<SureButton
							sure="Leave the network"
							disabled={action.busy}
							onSure={restart(
								"provision",
								"The gateway restarts with an access point of its own; its panel shows name and password.",
							)}
						>
							Set up anew
						</SureButton>
					</div>
				)}
			</article>
		</section>
	);
}
