import { type DragEvent, useState } from "react";

export interface Progress {
	readonly text: string;
	/** Bytes. */
	readonly sent: number;
	readonly size: number;
}

/** Takes a file, by choice or dropped, and shows how far it is once it is on its way. */
export function FileDrop(props: {
	id: string;
	title: string;
	hint: string;
	accept: string;
	disabled: boolean;
	progress: Progress | undefined;
	onFile: (file: File) => void;
	onStop: () => void;
}) {
	const { id, title, hint, accept, disabled, progress, onFile, onStop } = props;
	const [over, setOver] = useState(false);
	const take = (file: File | undefined) => {
		if (file && !disabled) onFile(file);
	};
	const drop = (event: DragEvent) => {
		event.preventDefault();
		setOver(false);
		take(event.dataTransfer.files[0]);
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
			<label htmlFor={id}>
				<b>{title}</b>
				<span className="soft">{hint}</span>
			</label>
			{progress ? (
				<div className="sending">
					<label htmlFor={`${id}-sent`}>
						{progress.text}, {Math.floor((100 * progress.sent) / progress.size)} %
					</label>
					<progress id={`${id}-sent`} value={progress.sent} max={progress.size} />
					<button type="button" onClick={onStop}>
						Stop
					</button>
				</div>
			) : (
				<input
					id={id}
					type="file"
					accept={accept}
					disabled={disabled}
					onChange={(event) => {
						const input = event.currentTarget;
						take(input.files?.[0]);
						// The same file may be chosen again.
						input.value = "";
					}}
				/>
			)}
		</fieldset>
	);
}
