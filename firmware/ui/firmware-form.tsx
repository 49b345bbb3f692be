import { useRef, useState } from "react";
import type { API } from "./api";
import { FileDrop, type Progress } from "./file-drop";
import { sha256 } from "./sha256";
import type { Action } from "./use-action";

/** Takes a signed firmware file and sends it to the gateway's other slot; the gateway restarts into it. */
export function FirmwareForm(props: { api: API; live: boolean; room: number; action: Action }) {
	const { api, live, room, action } = props;
	const [progress, setProgress] = useState<Progress>();
	const abort = useRef<AbortController>(undefined);
	const send = (file: File) => {
		action.run(`${file.name} was not installed`, async () => {
			if (file.size > room)
				throw new Error(`it has ${file.size.toLocaleString()} bytes, and there is room for ${room.toLocaleString()}`);
			abort.current = new AbortController();
			const { signal } = abort.current;
			try {
				const content = new Uint8Array(await file.arrayBuffer());
				const show = (sent: number) => setProgress({ text: file.name, sent, size: content.length });
				show(0);
				const { version } = await api.installFirmware({ content, digest: sha256(content), signal, onProgress: show });
				return `${version} is installed. The gateway restarts into it; this page comes back by itself.`;
			} finally {
				setProgress(undefined);
			}
		});
	};
	return (
		<FileDrop
			id="firmware-file"
			title="Update the firmware"
			hint="A signed firmware file: choose it or drop it here. What runs now stays in the other slot."
			accept=".bin"
			disabled={!live || action.busy}
			progress={progress}
			onFile={send}
			onStop={() => abort.current?.abort(new Error("the upload was stopped; the gateway goes on with what it has"))}
		/>
	);
}
