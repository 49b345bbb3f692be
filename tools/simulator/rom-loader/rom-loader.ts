/**
 * A board's reset circuit and the serial loader in its chip's ROM, with the program ("stub") that a host may put in its
 * place, as esptool's documentation describes them in "Serial Protocol" and "Boot Mode Selection". What the stub is, is
 * not run: once a program was put into memory and started, the answers are those of esptool's.
 */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import type { Signals } from "../../flash/line";
import { FrameReader, frame } from "../../flash/slip";
import { type ChipModel, type ChipName, chips } from "./chips";
import { FlashChip, SECTOR } from "./flash-chip";

const FLASH_BEGIN = 0x02;
const FLASH_DATA = 0x03;
const FLASH_END = 0x04;
const MEM_BEGIN = 0x05;
const MEM_END = 0x06;
const MEM_DATA = 0x07;
const SYNC = 0x08;
const WRITE_REG = 0x09;
const READ_REG = 0x0a;
const SPI_SET_PARAMS = 0x0b;
const SPI_ATTACH = 0x0d;
const CHANGE_BAUDRATE = 0x0f;
const FLASH_DEFL_BEGIN = 0x10;
const FLASH_DEFL_DATA = 0x11;
const FLASH_DEFL_END = 0x12;
const SPI_FLASH_MD5 = 0x13;
const ERASE_FLASH = 0xd0;

const INVALID_MESSAGE = 0x05;
const WRONG_RESULT = 0x06;
const BAD_CHECKSUM = 0x07;
const WRITE_FAILED = 0x08;
const INFLATE_FAILED = 0x0b;
const STUB_UNKNOWN = 0xff;

/** A command's bytes at most, as the ROM's buffer holds them; the stub's is greater. */
const ROM_BUFFER = 0x400 + 16 + 8;
const STUB_BUFFER = 0x4000 + 16 + 8;
/** Programs for memory come in greater parts. */
const MEMORY_BUFFER = 0x1800 + 16 + 8;

export interface Faults {
	/** Nothing is ever sent: no power, or a cable without data. */
	readonly isDead?: boolean;
	/** What the host sends does not arrive. */
	readonly isDeaf?: boolean;
	/** The firmware runs whatever GPIO 0 says: the reset circuit is missing. */
	readonly ignoresSignals?: boolean;
	/** Sent after a reset, before all else. */
	readonly noise?: Uint8Array;
	/** Numbers of the bytes, from the first that the host sends, that are lost on the way. */
	readonly lost?: ReadonlySet<number>;
	/** Answers to FLASH_DATA and FLASH_DEFL_DATA that say that writing failed, from the first on. */
	readonly failedWrites?: number;
	/** The bytes that the flash forgets after they were written and read again, by address. */
	readonly forgotten?: readonly number[];
	/** The program put into memory does not start. */
	readonly refusesStub?: boolean;
	/** After so many blocks of data the plug is pulled. */
	readonly unpluggedAfter?: number;
	/** Bits a second that the line carries at most. */
	readonly fastest?: number;
}

interface Download {
	readonly offset: number;
	readonly blocks: number;
	readonly blockSize: number;
	next: number;
	/** Undefined for data that is not compressed. */
	readonly compressed: Uint8Array[] | undefined;
}

/** To a command. Without an error it says that all went well. */
interface Answer {
	readonly value?: number;
	readonly data?: Uint8Array;
	readonly error?: number;
	/** How often it is sent. */
	readonly times?: number;
	/** What happens when it is on its way. */
	readonly after?: () => void;
}

const unplugged: Answer = {};

export interface RomLoaderOptions {
	readonly chip: ChipName;
	readonly flash?: FlashChip;
	readonly faults?: Faults;
	/** As after power on with the button held, where there are no signals. */
	readonly startsInLoader?: boolean;
	/** The line is a pseudo-terminal, which carries any rate. */
	readonly hasNoRate?: boolean;
	/** Bytes to the host. */
	send(bytes: Uint8Array): void;
	/** The plug is pulled. */
	onUnplug?(): void;
	/** What the chip runs that starts from its flash. */
	readonly firmware?: {
		start(): void;
		receive(bytes: Uint8Array): void;
	};
}

export class RomLoader {
	readonly flash: FlashChip;
	/** What runs; "reset" while the chip is held in it. */
	state: "firmware" | "loader" | "stub" | "reset" = "firmware";

	readonly #model: ChipModel;
	readonly #faults: Faults;
	readonly #options: RomLoaderOptions;
	readonly #reader = new FrameReader(STUB_BUFFER);
	readonly #registers = new Map<number, number>();
	/** Bits a second at either end. */
	#hostRate = 115200;
	#chipRate = 115200;
	#received = 0;
	#blocks = 0;
	#failures: number;
	#isAttached = false;
	#flashLimit = 2 << 20;
	#download: Download | undefined;
	#memory: { left: number; next: number } | undefined;

	constructor(options: RomLoaderOptions) {
		this.#options = options;
		this.#model = chips[options.chip];
		this.#faults = options.faults ?? {};
		this.#failures = this.#faults.failedWrites ?? 0;
		this.flash = options.flash ?? new FlashChip();
		if (options.startsInLoader) this.state = "loader";
	}

	/** The host's side of the line is set to another rate. */
	setBaudRate(baudRate: number): void {
		this.#hostRate = baudRate;
	}

	/**
	 * Both boards' reset circuit: two transistors, so that both signals together do nothing. RTS alone holds the chip in
	 * reset, DTR alone GPIO 0 low; which the chip looks at when reset ends. That takes the time of a capacitor: hosts that
	 * change one signal after the other pass through both on their way from the one to the other.
	 */
	setSignals({ dtr, rts }: Signals): void {
		if (this.#faults.ignoresSignals) return;
		if (rts && !dtr) this.state = "reset";
		else if (this.state === "reset" && !rts) this.#start(dtr);
	}

	/** Bytes from the host. */
	receive(bytes: Uint8Array): void {
		const { lost, isDeaf, fastest } = this.#faults;
		const first = this.#received;
		this.#received += bytes.length;
		if (this.state === "firmware") this.#options.firmware?.receive(bytes);
		if (isDeaf || this.state === "reset" || this.state === "firmware") return;
		const arrived = lost === undefined ? bytes : bytes.filter((_, index) => !lost.has(first + index));
		if (fastest !== undefined && Math.max(this.#hostRate, this.#chipRate) > fastest) return;
		if (this.#hostRate !== this.#chipRate && !this.#options.hasNoRate) return;
		for (const packet of this.#reader.push(arrived)) this.#command(packet);
	}

	/** The firmware's bytes to the host. */
	say(bytes: Uint8Array): void {
		if (this.state === "firmware") this.#send(bytes);
	}

	#start(isLoader: boolean): void {
		this.state = isLoader ? "loader" : "firmware";
		this.#chipRate = 115200;
		this.#isAttached = false;
		this.#flashLimit = 2 << 20;
		this.#download = undefined;
		this.#memory = undefined;
		this.#reader.reset();
		if (this.#faults.noise !== undefined) this.#send(this.#faults.noise);
		const log = Buffer.from(this.#model.log[isLoader ? "download" : "flash"]);
		// At another rate than the host's, edges are seen where there are none.
		this.#send(this.#hostRate === this.#model.logRate ? log : log.map((byte, index) => (byte * 7 + index) | 0x80));
		if (!isLoader) this.#options.firmware?.start();
	}

	#send(bytes: Uint8Array): void {
		if (!this.#faults.isDead) this.#options.send(bytes);
	}

	#command(packet: Uint8Array): void {
		if (packet.length < 8 || packet[0] !== 0) return;
		const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
		const operation = packet[1]!;
		const data = packet.subarray(8);
		const greatest = this.state === "stub" ? STUB_BUFFER : operation === MEM_DATA ? MEMORY_BUFFER : ROM_BUFFER;
		const words = Array.from({ length: data.length >> 2 }, (_, index) => view.getUint32(8 + 4 * index, true));
		let answer: Answer | undefined;
		if (view.getUint16(2, true) === data.length && packet.length <= greatest) {
			const isData = operation === MEM_DATA || operation === FLASH_DATA || operation === FLASH_DEFL_DATA;
			answer = isData
				? this.#data(operation, words, data.subarray(16), view.getUint32(4, true))
				: this.#run(operation, words, data.length);
		}
		answer ??= { error: this.state === "stub" ? STUB_UNKNOWN : INVALID_MESSAGE };
		if (answer === unplugged) this.#options.onUnplug?.();
		else this.#answer(operation, answer);
	}

	/** Gives undefined for what this loader does not know, and for another number of bytes than it takes. */
	#run(operation: number, words: readonly number[], length: number): Answer | undefined {
		const isStub = this.state === "stub";
		const isOldROM = this.#options.chip === "ESP8266" && !isStub;
		const [first = 0, second = 0, third = 0, offset = 0] = words;
		switch (operation) {
			case SYNC:
				if (length !== 36) return undefined;
				// The ROM answers eight times, and with a value of its own; the stub once, with 0.
				return isStub ? {} : { value: 0x20120707, times: 8 };
			case READ_REG:
				if (length !== 4) return undefined;
				return { value: this.#registers.get(first) ?? this.#model.registers.get(first) ?? 0 };
			case WRITE_REG:
				if (length === 0 || length % 16 !== 0) return undefined;
				this.#writeRegister(first, second);
				return {};
			case SPI_ATTACH:
				if (isOldROM || length !== (isStub ? 4 : 8)) return undefined;
				this.#isAttached = true;
				return {};
			case SPI_SET_PARAMS:
				if (isOldROM || length !== 24) return undefined;
				this.#flashLimit = second;
				return {};
			case CHANGE_BAUDRATE:
				// The stub is told the old rate, too; the ROM knows it.
				if (isOldROM || length !== 8 || second !== (isStub ? this.#chipRate : 0)) return undefined;
				return {
					after: () => {
						this.#chipRate = first;
					},
				};
			case MEM_BEGIN:
				if (length !== 16) return undefined;
				this.#memory = { left: second, next: 0 };
				return {};
			case MEM_END:
				if (length !== 8) return undefined;
				if (this.#memory?.left !== 0) return { error: WRONG_RESULT };
				return first === 0 && !this.#faults.refusesStub ? { after: () => this.#startStub() } : {};
			case FLASH_BEGIN:
				// The fifth word, on whether to encrypt, came with later chips.
				if (length !== 16 && !(isStub && length === 20)) return undefined;
				// The ESP8266's ROM sets up the flash with this.
				this.#isAttached ||= isOldROM;
				return this.#begin({ size: first, blocks: second, blockSize: third, offset, compressed: undefined });
			case FLASH_DEFL_BEGIN:
				if (isOldROM || (length !== 16 && !(isStub && length === 20))) return undefined;
				return this.#begin({ size: first, blocks: second, blockSize: third, offset, compressed: [] });
			case FLASH_END:
			case FLASH_DEFL_END:
				if (length !== 4) return undefined;
				this.#download = undefined;
				return first === 0 || !isStub ? { after: () => this.#start(false) } : {};
			case SPI_FLASH_MD5:
				return isOldROM || length !== 16 ? undefined : this.#digest(first, second);
			case ERASE_FLASH:
				if (!isStub || length !== 0) return undefined;
				this.flash.erase(0, this.flash.bytes.length);
				return {};
			default:
				return undefined;
		}
	}

	/** Its initialisation sets up the flash. */
	#startStub(): void {
		this.state = "stub";
		this.#isAttached = true;
		this.#flashLimit = this.flash.bytes.length;
		this.#send(frame(Buffer.from("OHAI")));
	}

	#begin({ size, ...download }: Omit<Download, "next"> & { size: number }): Answer {
		const { offset } = download;
		if (!this.#isAttached || offset + size > this.#limit) return { error: WRONG_RESULT };
		const isOldROM = this.#options.chip === "ESP8266" && this.state === "loader";
		this.flash.erase(offset, isOldROM ? erasedByOldROM(offset, size) : size);
		this.#download = { ...download, next: 0 };
		return {};
	}

	/** Bytes that the loader believes the flash to have. */
	get #limit(): number {
		const { length } = this.flash.bytes;
		return this.#options.chip === "ESP8266" ? length : Math.min(length, this.#flashLimit);
	}

	#data(operation: number, words: readonly number[], data: Uint8Array, checksum: number): Answer {
		const [size, sequence] = words;
		if (size !== data.length || sequence === undefined) return { error: INVALID_MESSAGE };
		if ((data.reduce((sum, byte) => sum ^ byte, 0xef) & 0xff) !== checksum) return { error: BAD_CHECKSUM };
		if (operation === MEM_DATA) {
			const memory = this.#memory;
			if (memory === undefined || memory.left === 0 || memory.next !== sequence) return { error: WRONG_RESULT };
			memory.next++;
			memory.left--;
			return {};
		}
		const download = this.#download;
		const isCompressed = operation === FLASH_DEFL_DATA;
		if (download === undefined || isCompressed !== (download.compressed !== undefined)) return { error: WRONG_RESULT };
		if (download.next !== sequence || sequence >= download.blocks || data.length > download.blockSize)
			return { error: WRONG_RESULT };
		if (this.#failures > 0) {
			this.#failures--;
			return { error: WRITE_FAILED };
		}
		if (++this.#blocks === this.#faults.unpluggedAfter) return unplugged;
		const answer = isCompressed
			? this.#unpack(download, data)
			: this.#write(download.offset + sequence * download.blockSize, data);
		if (answer.error === undefined) download.next++;
		return answer;
	}

	/** Written when all of it is there: this is no measure of the real ones' memory. */
	#unpack({ compressed = [], blocks, offset }: Download, data: Uint8Array): Answer {
		compressed.push(data.slice());
		if (compressed.length < blocks) return {};
		try {
			return this.#write(offset, inflateSync(Buffer.concat(compressed)));
		} catch {
			return { error: INFLATE_FAILED };
		}
	}

	#write(offset: number, data: Uint8Array): Answer {
		if (offset + data.length > this.flash.bytes.length) return { error: WRONG_RESULT };
		const isSame = this.flash.write(offset, data);
		for (const at of this.#faults.forgotten ?? [])
			if (at >= offset && at < offset + data.length) this.flash.bytes[at]! ^= 0x10;
		return isSame ? {} : { error: WRITE_FAILED };
	}

	/** In hexadecimal by the ROM, as bytes by the stub. */
	#digest(offset: number, size: number): Answer {
		if (!this.#isAttached || offset + size > this.#limit) return { error: WRONG_RESULT };
		const md5 = createHash("md5").update(this.flash.bytes.subarray(offset, offset + size));
		return { data: this.state === "stub" ? md5.digest() : Buffer.from(md5.digest("hex")) };
	}

	/** The controller sends a command to the flash when bit 18 of its first register is set. */
	#writeRegister(address: number, value: number): void {
		const { base, command, user, user1, user2, word0, readLength } = this.#model.controller;
		this.#registers.set(address, value);
		if (address !== base + command || (value & (1 << 18)) === 0) return;
		const register = (offset: number) => this.#registers.get(base + offset) ?? 0;
		const reads = (register(user) & (1 << 28)) !== 0;
		const bits = reads ? (readLength === undefined ? (register(user1) >> 8) & 0xff : register(readLength)) + 1 : 0;
		const isIdentify = (register(user2) & 0xff) === 0x9f && this.#isReady;
		this.#registers.set(base + word0, isIdentify && bits > 0 ? this.flash.id & (2 ** bits - 1) : 0);
		this.#registers.set(address, 0);
	}

	/** The ESP8266 starts with the flash's pins set up. */
	get #isReady(): boolean {
		return this.#isAttached || this.#options.chip === "ESP8266";
	}

	#answer(operation: number, { value = 0, data = new Uint8Array(0), error, times = 1, after }: Answer): void {
		const status = this.state === "stub" ? 2 : this.#model.statusBytes;
		const packet = new Uint8Array(8 + data.length + status);
		const view = new DataView(packet.buffer);
		packet[0] = 1;
		packet[1] = operation;
		view.setUint16(2, data.length + status, true);
		view.setUint32(4, value, true);
		packet.set(data, 8);
		if (error !== undefined) packet.set([1, error], 8 + data.length);
		for (let left = times; left > 0; left--) this.#send(frame(packet));
		after?.();
	}
}

/** The ESP8266's ROM counts the sectors before the first boundary of 64 KiB twice. */
function erasedByOldROM(offset: number, size: number): number {
	const sectors = Math.ceil(size / SECTOR);
	const head = 16 - (Math.floor(offset / SECTOR) % 16);
	return (sectors + Math.min(sectors, head)) * SECTOR;
}
