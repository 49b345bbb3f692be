import { useRef, useState } from "react";
import type { API } from "./api";
import { FileDrop, type Progress } from "./file-drop";
import { readModelFile } from "./model-file";
import { sha256 } from "./sha256";
import type { Action } from "./use-action";

/** Takes a model file and sends it to the gateway, which stores it. */
export function UploadForm(props: { api: API; live: boolean; action: Action; onStored: () => void }) {
	const { api, live, action, onStored } = props;
	const [progress, setProgress] = useState<Progress>();
	const abort = useRef<AbortController>(undefined);
	const send = (file: File) => {
		action.run(`${file.name} was not stored`, async () => {
			abort.current = new AbortController();
			const { signal } = abort.current;
			try {
				const { card, content } = await readModelFile(file);
				const text = `${card.name} ${card.version}`;
				const show = (sent: number) => setProgress({ text, sent, size: content.length });
				show(0);
				await api.uploadModel({ ...card, content, digest: sha256(content), signal, onProgress: show });
				return `${text} is stored, ${content.length.toLocaleString()} bytes.`;
			} finally {
				setProgress(undefined);
				onStored();
			}
		});
	};
	return (
		<FileDrop
			id="model-file"
			title="Upload a model"
			hint="A .tflite file with a card: choose it or drop it here."
			accept=".tflite"
			disabled={!live || action.busy}
			progress={progress}
			onFile={send}
			onStop={() => abort.current?.abort(new Error("the upload was stopped"))}
		/>
	);
}
