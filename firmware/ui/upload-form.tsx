import { type DragEvent, useRef, useState } from "react";
import type { API } from "./api";
import { readModelFile } from "./model-file";
import { Refusal } from "./refusal";
import { sha256 } from "./sha256";
import { useAction } from "./use-action";

/** Takes a model file, by choice or dropped, and sends it to the gateway, which stores it. */
export function UploadForm(props: { api: API; live: boolean; onStored: () => void }) {
	const { api, live, onStored } = props;
	const { busy, failure, run, dismiss } = useAction();
	const [over, setOver] = useState(false);
	const [progress, setProgress] = useState<{ text: string; sent: number; size: number }>();
	const [stored, setStored] = useState("");
	const abort = useRef<AbortController>(undefined);

	const send = (file: File | undefined) => {
		if (!file || !live || busy) return;
		setStored("");
		const action = async () => {
			abort.current = new AbortController();
			const { signal } = abort.current;
			try {
				const { card, content } = await readModelFile(file);
				const text = `${card.name} ${card.version}`;
				const show = (sent: number) => setProgress({ text, sent, size: content.length });
				show(0);
				await api.upload({ ...card, content, digest: sha256(content), signal, onProgress: show });
				setStored(`${text} is stored, ${content.length.toLocaleString()} bytes.`);
			} finally {
				setProgress(undefined);
				onStored();
			}
		};
		run(action, { failed: `${file.name} was not stored` });
	};
	const drop = (event: DragEvent) => {
		event.preventDefault();
		setOver(false);
		send(event.dataTransfer.files[0]);
	};
	return (
		<>
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
						disabled={!live || busy}
						onChange={(event) => {
							const input = event.currentTarget;
							send(input.files?.[0]);
							// The same file may be chosen again.
							input.value = "";
						}}
					/>
				)}
			</fieldset>
			<p role="status" className="notice">
				{stored}
			</p>
			{failure && <Refusal {...failure} onDismiss={dismiss} />}
		</>
	);
}
