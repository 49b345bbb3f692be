/** Writes firmware into a board's flash and checks it there. */
import { createHash } from "node:crypto";
import { type Line, LineError } from "./line";
import { Loader } from "./loader";
import type { Chip, Part } from "./parts";
import { LineTransport } from "./transport";

export type FlashProblem = "no-answer" | "wrong-chip" | "too-large" | "baud-rate" | "erase" | "write" | "verify";

/** The message says what to do. */
export class FlashError extends Error {
	override name = "FlashError";
	readonly code: FlashProblem;

	constructor(code: FlashProblem, message: string, cause?: unknown) {
		super(message, { cause });
		this.code = code;
	}
}

export interface Board {
	readonly chip: Chip;
	/** As "aa:bb:cc:dd:ee:ff". */
	readonly mac: string;
	/** Bytes; undefined when the flash chip does not tell. */
	readonly flashSize: number | undefined;
}

export type Progress =
	| { readonly step: "connecting" }
	| { readonly step: "connected"; readonly board: Board }
	| { readonly step: "erasing" }
	| { readonly step: "writing"; readonly part: Part; readonly written: number; readonly total: number }
	| { readonly step: "verified"; readonly part: Part; readonly md5: string }
	/** False: the port cannot reset the board, a person has to. */
	| { readonly step: "finished"; readonly isReset: boolean };

export interface FlashOptions {
	readonly line: Line;
	readonly chip: Chip;
	readonly parts: readonly Part[];
	/** Erase all of the flash before: networks, models, recordings and what waits to be sent are gone with it. */
	readonly erase: boolean;
	/** While writing. */
	readonly baudRate: number;
	/** How often the board is reset and called. */
	readonly attempts: number;
	onProgress(progress: Progress): void;
}

/**
 * The ESP32 is written by its ROM; the ESP8266, whose ROM can neither check nor unpack, by the stub of esptool-js.
 * Leaves the line closed. Throws `FlashError` and `LineError`.
 */
export async function flash({ line, chip, parts, erase, baudRate, attempts, onProgress }: FlashOptions): Promise<void> {
	const transport = new LineTransport(line);
	const loader = new Loader(transport);
	/** What fails because the line is lost, is told as that. */
	const attempt = async <T>(code: FlashProblem, message: string, work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (error) {
			if (transport.lost !== undefined) throw transport.lost;
			if (error instanceof LineError || error instanceof FlashError) throw error;
			throw new FlashError(code, `${message} (${(error as Error).message.replaceAll(/\s+/g, " ")})`, error);
		}
	};

	try {
		onProgress({ step: "connecting" });
		try {
			await loader.connect("default_reset", attempts, false);
		} catch (error) {
			if (transport.lost !== undefined) throw transport.lost;
			if (error instanceof LineError) throw error;
			throw new FlashError("no-answer", noAnswer(transport), error);
		}
		const found = await attempt("no-answer", "The board stopped answering", () => loader.identify());
		if (found !== chip) throw new FlashError("wrong-chip", wrongChip(found, chip));
		const board = await attempt("no-answer", "The board stopped answering", async () => {
			const mac = await loader.chip.readMac(loader);
			if (chip === "ESP8266") await loader.runStub();
			else await loader.attachFlash();
			return { chip, mac, flashSize: await loader.flashSize() };
		});
		onProgress({ step: "connected", board });
		const end = Math.max(...parts.map(({ offset, bytes }) => offset + bytes.length));
		const flashSize = board.flashSize ?? 4 << 20;
		if (end > flashSize)
			throw new FlashError(
				"too-large",
				`The files reach to 0x${end.toString(16)}, but this board's flash ends at 0x${flashSize.toString(16)}: it is a board with less flash than the firmware is made for.`,
			);
		if (chip === "ESP32") await attempt("write", "The flash could not be set up", () => loader.setFlashSize(flashSize));
		if (baudRate !== transport.baudrate)
			await attempt(
				"baud-rate",
				`The line does not carry ${baudRate} baud; try again with --baud ${transport.baudrate}`,
				() => loader.raiseBaudRate(baudRate),
			);

		if (erase) {
			onProgress({ step: "erasing" });
			await attempt("erase", "The flash could not be erased", () => loader.eraseChip(flashSize));
		}
		for (const part of parts) {
			const again = `${part.name} could not be written at 0x${part.offset.toString(16)}; try again with --baud 115200, a shorter cable and another USB port`;
			await attempt("write", again, () =>
				loader.writeFlash({
					fileArray: [{ data: part.bytes, address: part.offset }],
					flashMode: "keep",
					flashFreq: "keep",
					flashSize: "keep",
					eraseAll: false,
					compress: loader.IS_STUB,
					reportProgress: (_, written, total) => onProgress({ step: "writing", part, written, total }),
				}),
			);
			await verify(part);
		}
		await reset(transport);
		onProgress({ step: "finished", isReset: transport.hasSignals });
	} catch (error) {
		// A board that was left alone goes on with what it has; why it was, is to be told even if this fails, too.
		await reset(transport).catch(() => {});
		throw error;
	} finally {
		await transport.disconnect();
	}

	async function verify(part: Part): Promise<void> {
		const md5 = createHash("md5").update(part.bytes).digest("hex");
		const inFlash = await attempt("verify", `${part.name} could not be checked`, () =>
			loader.flashMd5sum(part.offset, part.bytes.length),
		);
		if (inFlash !== md5)
			throw new FlashError(
				"verify",
				`What is in the flash at 0x${part.offset.toString(16)} is not ${part.name} (MD5 ${inFlash}, not ${md5}): try again; when it stays so, the flash is worn or the board's supply too weak.`,
			);
		onProgress({ step: "verified", part, md5 });
	}
}

async function reset(transport: LineTransport): Promise<void> {
	await transport.setSignals(false, true);
	await new Promise((resolve) => setTimeout(resolve, 100));
	await transport.setSignals(false, false);
}

/** Which of the usual causes it was, by what was heard. */
function noAnswer({ heard, hasSignals }: LineTransport): string {
	const hold =
		"Hold the button that pulls GPIO 0 low (PRG on the Wireless Stick, FLASH on the NodeMCU), press and let go RST, let go the button, and run this again.";
	if (/waiting for download/.test(heard))
		return "The board waits for its firmware but does not hear this computer: the line to it is broken, or something else is connected to its RX pin (GPIO 3).";
	if (heard.length === 0)
		return `Nothing came from the board. Is this its port (\`npm run flash -- --list\`), and the cable one that carries data, not only power?${hasSignals ? "" : " This port cannot reset a board."} ${hold}`;
	return `The board runs its firmware, or something else is on this line; its loader did not answer.${hasSignals ? "" : " This port cannot reset a board."} ${hold}`;
}

function wrongChip(found: string, chip: Chip): string {
	const wanted = chip === "ESP32" ? "an ESP32 (Wireless Stick V2)" : "an ESP8266 (NodeMCU)";
	if (found === "ESP32-S3")
		return `This board has an ESP32-S3, as the Wireless Stick V3 has; the firmware is for ${wanted}. Nothing was written.`;
	const app = found === "ESP32" ? "gateway" : found === "ESP8266" ? "wearable" : undefined;
	return `This board has ${found === "" ? "a chip that is not known here" : `an ${found}`}; the firmware is for ${wanted}. Nothing was written.${app === undefined ? "" : ` Is it the other board's port, or did you mean \`npm run flash -- ${app}\`?`}`;
}
