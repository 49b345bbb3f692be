import { APIError } from "./api";

const count = (value: unknown) => ("number" === typeof value ? value.toLocaleString() : String(value));

/** Figures that the gateway's own sentence leaves out, by the name of the problem's member. */
const sentences: Readonly<Record<string, (value: never) => string>> = {
	arena: ({ missing }: Record<string, number>) => `${count(missing)} bytes are missing.`,
	unsupported_ops: (operators: readonly unknown[]) => `Not supported: ${operators.join(", ")}.`,
	interface: ({ needed, given }: Record<string, unknown>) => `Devices send ${list(needed)}; it takes ${list(given)}.`,
};

/** What a person can do about it, by the problem's code. */
const advice: Readonly<Record<string, string>> = {
	size: "Make the model smaller: fewer weights, or fewer golden rows.",
	room: "Remove a version that is not needed, or make the model smaller.",
	exists: "Give it a new version: what is stored under one is never replaced.",
	older: "Give it a version above the newest one.",
	busy: "Wait until the other upload has ended.",
	hash: "Send the file again: it was damaged on the way.",
	engine: "Use only operators that the gateway has.",
	memory: "Make the model smaller, or unload another one.",
	interface: "Give it the input of the version that serves, or another name.",
	golden: "Make the file anew on this gateway's engine: it computes something else than where the model was made.",
	unsigned: "Have it signed by a known publisher, or ask an administrator to load it.",
	full: "Download and remove windows that are kept.",
};

/** "name value, name value". */
function list(value: unknown): string {
	if (Array.isArray(value)) return value.map(list).join(", ");
	if ("object" !== typeof value || null === value) return count(value);
	return Object.entries(value)
		.map(([name, part]) => `${name} ${list(part)}`)
		.join(", ");
}

/** What could not be done and why: the gateway's sentence, its figures, and what can be done about it. */
export function Refusal(props: { what: string; error: Error; onDismiss: () => void }) {
	const { what, error, onDismiss } = props;
	const problem = error instanceof APIError ? error.problem : {};
	const figures = Object.entries(sentences).flatMap(([name, tell]) =>
		problem[name] ? [tell(problem[name] as never)] : [],
	);
	return (
		<div className="banner refusal" role="alert">
			<div>
				<h3>{what}</h3>
				<p className="error">{error.message}</p>
				{figures.length > 0 && (
					<ul className="figures">
						{figures.map((text) => (
							<li key={text}>{text}</li>
						))}
					</ul>
				)}
				{undefined !== problem.serving && <p>Version {problem.serving} serves on.</p>}
				{undefined !== problem.code && advice[problem.code] && <p className="soft">{advice[problem.code]}</p>}
			</div>
			<button type="button" className="quiet" onClick={onDismiss}>
				Dismiss
			</button>
		</div>
	);
}
