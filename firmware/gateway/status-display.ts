/** What the display needs of the panel's driver: lines of 10 characters, 4 of them. */
export interface Screen {
	clear(): void;
	text(x: number, y: number, text: string): void;
	show(): void;
}

export interface Status {
	readonly name: string;
	/** Seconds for which pairing stays open; 0 when it is closed. */
	readonly pairing: number;
	/** The code of the device that has waited longest for the operator. */
	readonly code: string | undefined;
	readonly devices: number;
	readonly windows: number;
	readonly cloud: string;
}

const lineHeight = 8;

/** The gateway's panel: drawn anew only when what it shows has changed, for drawing takes its time. */
export class StatusDisplay {
	readonly #screen: Screen;
	#shown = "";

	constructor(screen: Screen) {
		this.#screen = screen;
	}

	show(status: Status): void {
		const lines = [
			status.name,
			status.pairing ? `pair ${status.pairing} s` : `${status.devices} devices`,
			status.code ? `code ${status.code}` : `${status.windows} win`,
			status.cloud,
		];
		const text = lines.join("\n");
		if (text === this.#shown) return;
		this.#shown = text;
		this.#screen.clear();
		for (let i = 0; i < lines.length; i++) this.#screen.text(0, i * lineHeight, lines[i]!);
		this.#screen.show();
	}
}
