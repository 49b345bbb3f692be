import type { API } from "./api";
import type { Connection, ModelEvent, ModelStatus, Session, Stock } from "./model";
import { Refusal } from "./refusal";
import { ShadowComparison } from "./shadow-comparison";
import { SureButton } from "./sure-button";
import { UploadForm } from "./upload-form";
import { type Action, useAction } from "./use-action";
import { useStock } from "./use-stock";

const kibibytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
const compare = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });

/** The state of a version in a word or two, and its tone. */
function stateOf({ role, trial, failed, offset, bytes }: ModelStatus): { text: string; tone: string } {
	switch (role) {
		case "live":
			return trial ? { text: "Live, on trial", tone: "live" } : { text: "Live", tone: "live" };
		case "shadow":
			return { text: "Shadow", tone: "connecting" };
		case "uploading":
			return { text: `Uploading, ${Math.floor((100 * offset) / bytes)} %`, tone: "connecting" };
		default:
			return failed ? { text: "Failed", tone: "lost" } : { text: "Stored", tone: "" };
	}
}

/** What the gateway tells of a model that a person has not just asked for. */
function tell(event: ModelEvent | undefined): string {
	if (!event?.reason) return "";
	switch (event.type) {
		case "dropped":
			return `The shadow ${event.name} ${event.version} has ended: ${event.reason}.`;
		case "failed":
		case "refused":
			return `${event.name} ${event.version} does not serve: ${event.reason}.`;
		default:
			return "";
	}
}

interface Tools {
	readonly api: API;
	readonly action: Action;
	readonly refresh: () => void;
	/** Whether the token may load, and whether it may take away. */
	readonly train: boolean;
	readonly admin: boolean;
}

/** What can be done with a version, for who may. */
function VersionActions(props: { version: ModelStatus; live: ModelStatus | undefined; tools: Tools }) {
	const { version: status, live, tools } = props;
	const { name, version, role, factory } = status;
	const { api, action, refresh, train, admin } = tools;
	const title = `${name} ${version}`;
	/** `failed` and `done` go on from the version's name. */
	const ask = (run: () => Promise<void>, failed: string, done: string) => () =>
		action.run(`${title} ${failed}`, async () => {
			await run().finally(refresh);
			return `${title} ${done}.`;
		});
	const serve = ask(
		() => api.load(name, { version }),
		"does not serve",
		live ? `serves now, in place of ${live.version}` : "serves now",
	);
	const shadow = ask(
		() => api.load(name, { version, shadow: true }),
		"does not run as a shadow",
		`runs beside ${live?.version} on the same windows and answers nobody`,
	);
	const button = (text: string, onClick: () => void, className = "") => (
		<button
			type="button"
			className={className}
			disabled={action.busy}
			aria-label={`${text}: ${title}`}
			onClick={onClick}
		>
			{text}
		</button>
	);
	const sure = (text: string, question: string, onSure: () => void) => (
		<SureButton sure={question} label={title} disabled={action.busy} onSure={onSure}>
			{text}
		</SureButton>
	);
	switch (role) {
		case "live":
			return (
				<div className="actions">
					{admin &&
						sure(
							"Unload",
							"Stop serving",
							ask(() => api.unload(name), "still serves", "serves no more"),
						)}
				</div>
			);
		case "shadow":
			return (
				<div className="actions">
					{train && button("Promote", serve, "primary")}
					{train &&
						button(
							"End shadow",
							ask(() => api.unload(name, { shadow: true }), "still runs", "is a shadow no more"),
						)}
				</div>
			);
		case "uploading":
			return (
				<div className="actions">
					{train &&
						button(
							"Give up",
							ask(() => api.removeVersion(name, version), "could not be given up", "was given up"),
						)}
				</div>
			);
		default:
			return (
				<div className="actions">
					{train && button(live && compare(version, live.version) < 0 ? "Go back to this" : "Make live", serve)}
					{train && live && button("Run as shadow", shadow)}
					{admin &&
						!factory &&
						sure(
							"Remove",
							"Remove for good",
							ask(() => api.removeVersion(name, version), "was not removed", "was removed"),
						)}
				</div>
			);
	}
}

function Version(props: { version: ModelStatus; live: ModelStatus | undefined; tools: Tools }) {
	const { version: status } = props;
	const { version, role, bytes, arena, memory, factory, trial, failed, reason } = status;
	const { text, tone } = stateOf(status);
	return (
		<li>
			<div className="entry">
				<b>{version || "no version"}</b>
				<span className={`state ${tone}`}>{text}</span>
				<span className="soft">
					{kibibytes(bytes)}
					{factory && ", part of the firmware"}
					{arena + memory > 0 && `, ${kibibytes(arena + memory)} of memory`}
				</span>
				{trial && <p className="soft">Until it has served for a minute, a restart takes it back.</p>}
				{/* Beside one that serves, only a failure is news. */}
				{"stored" === role && (failed || !props.live) && <p className={failed ? "error" : "soft"}>{reason}</p>}
			</div>
			<VersionActions {...props} />
			{"shadow" === role && <ShadowComparison api={props.tools.api} name={status.name} />}
		</li>
	);
}

function Room(props: { name: string; used: number; total: number; text: string }) {
	const { name, used, total, text } = props;
	return (
		<div className="room">
			<span>
				{name} <span className="soft">{text}</span>
			</span>
			<meter aria-label={`${name} used`} min={0} max={total} value={used} />
		</div>
	);
}

function groups(stock: Stock): [string, ModelStatus[]][] {
	const names = [...new Set(stock.models.map(({ name }) => name))].sort(compare);
	return names.map((name) => [
		name,
		stock.models.filter((model) => name === model.name).sort((a, b) => compare(b.version, a.version)),
	]);
}

/** All models with their versions, and what an operator does with them. */
export function ModelsPanel(props: {
	api: API;
	connection: Connection;
	scope: Session["scope"] | undefined;
	event: ModelEvent | undefined;
}) {
	const { api, connection, scope, event } = props;
	const { stock, refresh } = useStock(api, connection, event);
	const action = useAction();
	const isLive = "live" === connection;
	const may = "train" === scope || "admin" === scope;
	const tools = { api, action, refresh, train: isLive && may, admin: isLive && "admin" === scope };
	if (!stock) return <p className="soft">Asking the gateway for its models…</p>;
	const { memory, flash } = stock;
	return (
		<section className="panel" aria-label="Models">
			{may && <UploadForm api={api} live={isLive} action={action} onStored={refresh} />}
			{"infer" === scope && (
				<p className="soft">To change models, sign in with a token that may train or administer.</p>
			)}
			{action.failure && <Refusal {...action.failure} onDismiss={action.dismiss} />}
			<p role="status" className="notice">
				{action.done || tell(event)}
			</p>
			<div className="rooms">
				<Room
					name="Memory"
					used={memory.used}
					total={memory.total}
					text={`${kibibytes(memory.used)} used, ${kibibytes(memory.total - memory.used)} left`}
				/>
				<Room
					name="Flash"
					used={flash.total - flash.available}
					total={flash.total}
					text={`${kibibytes(flash.total - flash.available)} used, ${kibibytes(flash.available)} left, ${kibibytes(flash.largest)} in one piece`}
				/>
			</div>
			{groups(stock).map(([name, versions]) => {
				const live = versions.find(({ role }) => "live" === role);
				return (
					<article key={name} className="card">
						<div className="card-head">
							<h2>{name}</h2>
							{!live && <span className="error">No version serves</span>}
						</div>
						<ul className="entries" aria-label={`Versions of ${name}`}>
							{versions.map((version) => (
								<Version key={version.version} version={version} live={live} tools={tools} />
							))}
						</ul>
					</article>
				);
			})}
		</section>
	);
}
