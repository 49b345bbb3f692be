import { type FormEvent, useState } from "react";
import type { API } from "./api";
import { KeptWindows } from "./kept-windows";
import type { Device, Session, Snapshot } from "./model";
import { Refusal } from "./refusal";
import { type Action, useAction } from "./use-action";

/** What the gateway takes at once. */
const mostWindows = 1000;
const longestLabel = 32;

function RecordForm(props: {
	api: API;
	devices: readonly Device[];
	labels: readonly string[];
	live: boolean;
	action: Action;
}) {
	const { api, devices, labels, live, action } = props;
	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const fields = new FormData(event.currentTarget);
		const device = String(fields.get("device"));
		const label = String(fields.get("label")).trim();
		const count = Number(fields.get("count"));
		action.run("The recording did not begin", async () => {
			await api.record(device, label, count);
			return "";
		});
	};
	return (
		<form className="record" onSubmit={submit}>
			<label>
				Device
				<select name="device" required>
					{devices.map(({ id, name }) => (
						<option key={id} value={id}>
							{name}
						</option>
					))}
				</select>
			</label>
			<label>
				Label
				<input name="label" list="known-labels" required maxLength={longestLabel} autoComplete="off" />
			</label>
			<datalist id="known-labels">
				{labels.map((label) => (
					<option key={label} value={label} />
				))}
			</datalist>
			<label>
				Windows
				<input name="count" type="number" min={1} max={mostWindows} defaultValue={20} required />
			</label>
			<button type="submit" className="primary" disabled={!live || action.busy || 0 === devices.length}>
				Record
			</button>
		</form>
	);
}

/** Recording of labelled windows, of which models are made. */
export function RecordingPanel(props: {
	api: API;
	scope: Session["scope"] | undefined;
	live: boolean;
	snapshot: Snapshot;
	/** Windows that each recording began with, by device. */
	totals: Readonly<Record<string, number>>;
}) {
	const { api, scope, live, snapshot, totals } = props;
	const { captures, devices, models } = snapshot;
	const action = useAction();
	const [listed, setListed] = useState(false);
	const may = "train" === scope || "admin" === scope;
	const train = live && may;
	const labels = [...new Set(models.flatMap((model) => model.labels))];
	const nameOf = (id: string) => devices.find((device) => id === device.id)?.name ?? id;
	const stop = (device: string) =>
		action.run("The recording goes on", async () => {
			await api.stopRecording(device);
			return "";
		});
	return (
		<section className="panel" aria-label="Recording">
			<div className="card">
				<p className="soft">
					While a device is recorded, each window that it sends is kept with the label: what a model learns from.
				</p>
				{may && <RecordForm api={api} devices={devices} labels={labels} live={live} action={action} />}
				{"infer" === scope && <p className="soft">To record, sign in with a token that may train or administer.</p>}
				{action.failure && <Refusal {...action.failure} onDismiss={action.dismiss} />}
				<ul className="recordings" aria-label="Being recorded">
					{captures.recordings.map(({ device, label, remaining }) => {
						const total = totals[device] ?? remaining;
						const text = `${nameOf(device)}: ${label}`;
						return (
							<li key={device}>
								<span>
									<b>{nameOf(device)}</b> as <b>{label}</b>
								</span>
								<progress aria-label={text} value={total - remaining} max={total} />
								<span className="soft">
									{total - remaining} of {total}
								</span>
								{train && (
									<button type="button" aria-label={`Stop recording ${nameOf(device)}`} onClick={() => stop(device)}>
										Stop
									</button>
								)}
							</li>
						);
					})}
				</ul>
			</div>
			<div className="card">
				<div className="card-head">
					<h2>Kept on the gateway</h2>
				</div>
				<div className="room">
					<span>
						{captures.windows.toLocaleString()} windows{" "}
						<span className="soft">of about {captures.capacity.toLocaleString()}</span>
					</span>
					<meter
						aria-label="Windows kept"
						min={0}
						max={Math.max(captures.capacity, captures.windows)}
						value={captures.windows}
					/>
				</div>
				{train && captures.windows > 0 && !listed && (
					<button type="button" onClick={() => setListed(true)}>
						List what is kept
					</button>
				)}
				{train && captures.windows > 0 && listed && <KeptWindows api={api} captures={captures} />}
			</div>
		</section>
	);
}
