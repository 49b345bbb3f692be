import { type DragEvent, useRef, useState } from "react";
import type { API } from "./api";
import { readModelFile } from "./model-file";
import { sha256 } from "./sha256";
import type { Action } from "./use-action";

/** Takes a model file, by choice or dropped, and sends it to the gateway, which stores it. */
export function UploadForm(props: { api: API; live: boolean; action: Action; onStored: () => void }) {
	const { api, live, action, onStored } = props;
	const [over, setOver] = useState(false);
	const [progress, setProgress] = useState<{ text: string; sent: number; size: number }>();
	const abort = useRef<AbortController>(undefined);

	const send = (file: File | undefined) => {
		if (!file || !live || action.busy) return;
		action.run(`${file.name} was not stored`, async () => {
			abort.current = new AbortController();
			const { signal } = abort.current;
			try {
				const { card, content } = await readModelFile(file);
				const text = `${card.name} ${card.version}`;
				const show = (sent: number) => setProgress({ text, sent, size: content.length });
				show(0);
				await api.upload({ ...card, content, digest: sha256(content), signal, onProgress: show });
				return `${text} is stored, ${content.length.toLocaleString()} bytes.`;
			} finally {
				setProgress(undefined);
				onStored();
			}
		});
	};
	const drop = (event: DragEvent) => {
		event.preventDefault();
		setOver(false);
		send(event.dataTransfer.files[0]);
	};
	return (
		<fieldset
			className={`drop ${over ? "over" : ""}`}
			onDragOver={(event) => {
				event.preventDefault();
				setOver(true);
			}}
			onDragLeave={() => setOver(false)}
			onDrop={drop}
		>
			<label htmlFor="model-file">
				<b>Upload a model</b>
				<span className="soft">A .tflite file with a card: choose it or drop it here.</span>
			</label>
			{progress ? (
				<div className="sending">
					<label htmlFor="sent">
						{progress.text}, {Math.floor((100 * progress.sent) / progress.size)} %
					</label>
					<progress id="sent" value={progress.sent} max={progress.size} />
					<button type="button" onClick={() => abort.current?.abort(new Error("the upload was stopped"))}>
						Stop
					</button>
				</div>
			) : (
				<input
					id="model-file"
					type="file"
					accept=".tflite"
					disabled={!live || action.busy}
					onChange={(event) => {
						const input = event.currentTarget;
						send(input.files?.[0]);
						// The same file may be chosen again.
						input.value = "";
					}}
				/>
			)}
		</fieldset>
	);
}
