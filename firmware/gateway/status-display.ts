import type { Failure } from "common/wifi/supervisor";
import type { WiFiStatus } from "gateway/boot/system";

/** What the display needs of the panel's driver: lines of 10 characters, 4 of them. */
export interface Screen {
	clear(): void;
	text(x: number, y: number, text: string): void;
	show(): void;
}

const columns = 10;
const lineHeight = 8;
/** Characters by which a text that is too long moves with each step, and blanks between its end and its beginning. */
const stride = 2;
const gap = "   ";
/** Steps for which a line shows one of its texts. */
const turn = 4;

/** The panel: drawn anew only when what it shows has changed, for drawing takes its time. */
export class Panel {
	readonly #screen: Screen;
	#shown = "";
	#step = 0;

	constructor(screen: Screen) {
		this.#screen = screen;
	}

	/** Counts the calls of `show`. */
	get step(): number {
		return this.#step;
	}

	/** Shows up to four lines, to be called about once a second; those that are too long move along. */
	show(lines: readonly string[]): void {
		const step = this.#step++;
		const parts = lines.map((line) => window(line, step));
		const text = parts.join("\n");
		if (text === this.#shown) return;
		this.#screen.clear();
		for (let i = 0; i < parts.length; i++) this.#screen.text(0, i * lineHeight, parts[i]!);
		try {
			this.#screen.show();
			this.#shown = text;
		} catch {
			// It answers no more: nothing else depends on it, and the next step tries again.
			this.#shown = "";
		}
	}
}

function window(text: string, step: number): string {
	if (text.length <= columns) return text;
	const offset = (step * stride) % (text.length + gap.length);
	return (text + gap + text).slice(offset, offset + columns);
}

/** Why there is no link, in a line. */
export const failureLines: Readonly<Record<Failure, string>> = Object.freeze({
	"wrong-password": "wrong password",
	"not-found": "no WiFi",
	"no-address": "no address",
	lost: "WiFi lost",
});

export interface Status {
	readonly name: string;
	readonly wifi: WiFiStatus;
	/** Seconds for which pairing stays open; 0 when it is closed. */
	readonly pairing: number;
	/** The code of the device that has waited longest for the operator. */
	readonly code: string | undefined;
	/** The latest result, as a label. */
	readonly result: string | undefined;
	readonly devices: number;
	readonly windows: number;
	readonly cloud: string;
	/** What is to be told of the last update; empty for nothing. */
	readonly update: string;
	/** The operator's token, while it is to be told to whoever holds the board. */
	readonly token: string | undefined;
}

/** The address, or why there is none. */
export function linkLine(wifi: WiFiStatus): string {
	return "connected" === wifi.state ? wifi.address : wifi.failure ? failureLines[wifi.failure] : "joining";
}

/** The token, whose 32 digits fill the panel, in its turns; undefined when others have theirs. */
export function tokenLines(token: string | undefined, step: number): string[] | undefined {
	if (undefined === token || 0 !== Math.floor(step / turn) % 2) return;
	return [0, 8, 16, 24].map((at) => token.slice(at, at + 8));
}

/** What the panel shows while the gateway serves. */
export function statusLines(status: Status, step: number): string[] {
	const { name, wifi, pairing, code, result, devices, windows, cloud, update, token } = status;
	const told = tokenLines(token, step);
	if (told) return told;
	const shift = Math.floor(step / turn);
	const counts = [`${devices} devices`, `${windows} win`, `cloud ${cloud}`];
	if ("" !== update) counts.push(update);
	return [
		name,
		linkLine(wifi),
		undefined !== code ? `code ${code}` : pairing ? `pair ${pairing} s` : (result ?? "no result"),
		counts[shift % counts.length]!,
	];
}
