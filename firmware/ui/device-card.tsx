import { useEffect, useRef, useState } from "react";
import type { Device, ResultEvent } from "./model";
import { SureButton } from "./sure-button";
import { Waveform } from "./waveform";

/** A device that has been silent for so many milliseconds is shown as quiet. */
const quietAfter = 30_000;

function ago(now: number, time: number): string {
	const seconds = Math.max(0, Math.round((now - time) / 1_000));
	if (seconds < 2) return "just now";
	if (seconds < 60) return `${seconds} s ago`;
	if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
	return `${Math.floor(seconds / 86_400)} d ago`;
}

const percent = (part: number) => `${Math.round(100 * part)} %`;

/** Name and removal. To remove takes two presses: a removed device has to be paired anew. */
function Edit(props: { device: Device; onRename: (name: string) => void; onRemove: () => void; onClose: () => void }) {
	const { device, onClose } = props;
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => input.current?.focus(), []);
	return (
		<form
			className="edit"
			onKeyDown={(event) => "Escape" === event.key && onClose()}
			onSubmit={(event) => {
				event.preventDefault();
				props.onRename(String(new FormData(event.currentTarget).get("name")));
				onClose();
			}}
		>
			<input ref={input} name="name" aria-label="Name" defaultValue={device.name} maxLength={32} required />
			<button type="submit">Rename</button>
			<SureButton sure="Remove for good" onSure={props.onRemove}>
				Remove
			</SureButton>
			<p className="soft">Id {device.id}</p>
		</form>
	);
}

export function DeviceCard(props: {
	device: Device;
	/** Of the version that gave the result; undefined when the page does not know them. */
	labels: readonly string[] | undefined;
	window: Int16Array | undefined;
	history: readonly ResultEvent[];
	now: number;
	/** Whether the page hears the gateway. */
	live: boolean;
	/** Whether the token may change devices. */
	editable: boolean;
	onRename: (name: string) => void;
	onRemove: () => void;
}) {
	const { device, labels, history, now } = props;
	const [editing, setEditing] = useState(false);
	const toggle = useRef<HTMLButtonElement>(null);
	const { result, lastSeen } = device;
	const streaming = props.live && null !== lastSeen && now - lastSeen < quietAfter;
	return (
		<li className={`card ${streaming ? "" : "quiet-device"}`}>
			<div className="card-head">
				<span
					className={`dot ${streaming ? "on" : ""}`}
					role="img"
					aria-label={streaming ? "Streaming" : "Quiet"}
					title={streaming ? "Streaming" : "Quiet"}
				/>
				<h2 title={`${device.name} (${device.id})`}>{device.name}</h2>
				{null === lastSeen ? (
					<span className="age">never seen</span>
				) : (
					<time className="age" dateTime={new Date(lastSeen).toISOString()}>
						{ago(now, lastSeen)}
					</time>
				)}
				{props.editable && (
					<button
						ref={toggle}
						type="button"
						className="quiet"
						aria-expanded={editing}
						aria-label={`Edit ${device.name}`}
						onClick={() => setEditing(!editing)}
					>
						⋯
					</button>
				)}
			</div>
			{editing && props.editable && (
				<Edit
					device={device}
					onRename={props.onRename}
					onRemove={props.onRemove}
					onClose={() => {
						setEditing(false);
						toggle.current?.focus();
					}}
				/>
			)}
			<div className="result" key={result?.id ?? ""}>
				<span className="label">{result?.label ?? "–"}</span>
				<span className="confidence">{result ? percent(result.confidence) : "no result yet"}</span>
			</div>
			{result && labels && (
				<dl className="probabilities">
					{result.probabilities.map((probability, index) => (
						<div key={labels[index] ?? index}>
							<dt title={labels[index]}>{labels[index] ?? index}</dt>
							<dd>
								<div className="bar">
									<div style={{ width: `${100 * probability}%` }} />
								</div>
								{percent(probability)}
							</dd>
						</div>
					))}
				</dl>
			)}
			<Waveform window={props.window} />
			<ol className="history" aria-label="Earlier results">
				{history.map((entry) => (
					<li key={entry.id} title={`${percent(entry.confidence)}, ${new Date(entry.time).toLocaleTimeString()}`}>
						{entry.label}
					</li>
				))}
			</ol>
			<dl className="facts">
				<div>
					<dt>Windows</dt>
					<dd>{device.windows}</dd>
				</div>
				{device.rejected > 0 && (
					<div>
						<dt>Refused</dt>
						<dd>{device.rejected}</dd>
					</div>
				)}
				{null !== device.battery && (
					<div>
						<dt>Battery</dt>
						<dd>{device.battery} %</dd>
					</div>
				)}
				{null !== device.signal && (
					<div>
						<dt>Signal</dt>
						<dd>{device.signal} dBm</dd>
					</div>
				)}
				{result && (
					<div>
						<dt>Model</dt>
						<dd>
							{result.model} {result.version}
						</dd>
					</div>
				)}
				<div>
					<dt>Firmware</dt>
					<dd>{device.firmware}</dd>
				</div>
			</dl>
		</li>
	);
}
