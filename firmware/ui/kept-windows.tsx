import { useCallback, useEffect, useRef, useState } from "react";
import type { API } from "./api";
import type { Captures } from "./model";
import { Refusal } from "./refusal";
import { SureButton } from "./sure-button";
import { useAction } from "./use-action";

/** Hands a file to the browser as if it had been downloaded: a link cannot carry the operator's token. */
function save(blob: Blob, name: string): void {
	const url = URL.createObjectURL(blob);
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	URL.revokeObjectURL(url);
}

const endings = { ndjson: "ndjson", csv: "csv" } as const;
type Format = keyof typeof endings;

function fileName(label: string | undefined, format: Format): string {
	const suffix = undefined === label ? "" : `-${label.replace(/[^\p{L}\p{N}.-]+/gu, "_")}`;
	return `captures${suffix}.${endings[format]}`;
}

/** How many windows are kept under each label; while devices are recorded only `refresh` asks anew. */
function useLabels(api: API, captures: Captures) {
	const [labels, setLabels] = useState<Map<string, number>>();
	const [error, setError] = useState<Error>();
	const asked = useRef(0);
	const { windows } = captures;
	const recording = captures.recordings.length > 0;
	const refresh = useCallback(() => {
		const turn = ++asked.current;
		api.captureLabels().then(
			(next) => {
				if (turn !== asked.current) return;
				setLabels(next);
				setError(undefined);
			},
			(problem: Error) => {
				if (turn === asked.current) setError(problem);
			},
		);
	}, [api]);
	useEffect(() => {
		if (!recording || 0 === asked.current) refresh();
	}, [refresh, recording, windows]);
	return { labels, error, refresh };
}

/** What is kept, by label: to download and to remove. */
export function KeptWindows(props: { api: API; captures: Captures }) {
	const { api, captures } = props;
	const { labels, error, refresh } = useLabels(api, captures);
	const action = useAction();
	const download = (label: string | undefined, format: Format) => () =>
		action.run("The windows could not be downloaded", async () => {
			const blob = await api.exportCaptures({ ...(undefined === label ? {} : { label }), format });
			save(blob, fileName(label, format));
			return "";
		});
	const remove = (label: string | undefined) => () =>
		action.run("The windows were not removed", async () => {
			await api.removeCaptures(label);
			refresh();
			return "";
		});
	const row = (label: string | undefined, count: number) => {
		const title = label ?? "all";
		return (
			<li key={undefined === label ? "all" : `label ${label}`}>
				<div className="entry">
					<b>{label ?? "All"}</b>
					<span className="soft">
						{count.toLocaleString()} {1 === count ? "window" : "windows"}
					</span>
				</div>
				<div className="actions">
					<button
						type="button"
						disabled={action.busy}
						aria-label={`Download ${title} as JSON lines`}
						onClick={download(label, "ndjson")}
					>
						JSON lines
					</button>
					{undefined !== label && (
						<button
							type="button"
							disabled={action.busy}
							aria-label={`Download ${title} as CSV`}
							onClick={download(label, "csv")}
						>
							CSV
						</button>
					)}
					<SureButton sure="Remove for good" label={title} disabled={action.busy} onSure={remove(label)}>
						Remove
					</SureButton>
				</div>
			</li>
		);
	};
	const total = labels ? [...labels.values()].reduce((sum, count) => sum + count, 0) : 0;
	return (
		<>
			{total > 0 && captures.recordings.length > 0 && (
				<p className="soft">Counted before; the list follows when the recordings have ended.</p>
			)}
			{action.failure && <Refusal {...action.failure} onDismiss={action.dismiss} />}
			{error && <p className="error">{error.message}</p>}
			{labels && labels.size > 0 && (
				<ul className="entries" aria-label="Kept windows">
					{[...labels].sort(([a], [b]) => a.localeCompare(b)).map(([label, count]) => row(label, count))}
					{labels.size > 1 && row(undefined, total)}
				</ul>
			)}
		</>
	);
}
