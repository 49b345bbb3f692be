import { Improv, type ImprovBoard } from "common/improv";
import { describe, expect, test } from "vitest";

const text = (value: string) => [...new TextEncoder().encode(value)];
const string = (value: string) => {
	const bytes = text(value);
	return [bytes.length, ...bytes];
};

/** A packet by the specification's table, made here independently. */
function packet(type: number, data: readonly number[]): Uint8Array {
	const bytes = [...text("IMPROV"), 1, type, data.length, ...data];
	return Uint8Array.of(...bytes, bytes.reduce((total, byte) => total + byte, 0) & 0xff);
}
const command = (id: number, data: readonly number[] = []) => packet(3, [id, data.length, ...data]);

const open = (board: Board) => new Improv(board, board);

class Board implements ImprovBoard {
	information = { firmware: "gateway", version: "1.2.3", chip: "ESP32", name: "kitchen" };
	connected = false;
	free = true;
	joins: string[][] = [];
	room = Number.POSITIVE_INFINITY;
	readonly out: number[][] = [];

	write(bytes: Uint8Array): void {
		this.room -= bytes.length;
		this.out.push([...bytes]);
	}

	url(): string | undefined {
		return this.connected ? "http://192.168.1.9/" : undefined;
	}
	join(ssid: string, password: string): void {
		this.joins.push([ssid, password]);
	}
	look(found: (ssid: string, strength: number, secure: boolean) => void, done: () => void): boolean {
		if (!this.free) return false;
		found("home", -40, true);
		found("Café 😀", -70, false);
		done();
		return true;
	}
	/** Type and data of what was written since the last call, each checked. */
	take(): { type: number; data: number[] }[] {
		return this.out.splice(0).map((bytes) => {
			const type = bytes[7]!;
			const data = bytes.slice(9, 9 + bytes[8]!);
			expect(bytes).toEqual([...packet(type, data), 0x0a]);
			return { type, data };
		});
	}
}

const state = (value: number) => ({ type: 1, data: [value] });
const error = (value: number) => ({ type: 2, data: [value] });
const result = (id: number, texts: readonly string[]) => {
	const data = texts.flatMap(string);
	return { type: 4, data: [id, data.length, ...data] };
};

describe("Improv over serial", () => {
	test("the specification's example of a request for the state", () => {
		const board = new Board();
		open(board).receive(Uint8Array.of(0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 0x01, 0x03, 0x02, 0x02, 0x00, 0xe5));
		expect(board.take()).toEqual([state(2)]);
	});

	test("information, networks, state", () => {
		const board = new Board();
		const improv = open(board);
		improv.receive(command(3));
		expect(board.take()).toEqual([result(3, ["gateway", "1.2.3", "ESP32", "kitchen"])]);
		improv.receive(command(4));
		expect(board.take()).toEqual([
			result(4, ["home", "-40", "YES"]),
			result(4, ["Café 😀", "-70", "NO"]),
			result(4, []),
		]);
		board.free = false;
		improv.receive(command(4));
		expect(board.take()).toEqual([result(4, [])]);
		board.connected = true;
		improv.receive(command(2));
		expect(board.take()).toEqual([state(4), result(2, ["http://192.168.1.9/"])]);
	});

	test("a list that the line has no room for is shorter, and ends all the same", () => {
		for (const room of [128, 256, 500, 768]) {
			const board = new Board();
			board.room = room;
			board.look = (found, done) => {
				for (let i = 0; i < 40; i++) found("😀".repeat(8), -100, true);
				done();
				return true;
			};
			open(board).receive(command(4));
			const told = board.take();
			expect(told.pop()).toEqual(result(4, []));
			expect(told.length).toBeGreaterThan(0);
			expect(told.length).toBeLessThan(40);
			expect(board.room).toBeGreaterThanOrEqual(0);
		}
	});

	test("a wrong password, then the right one", () => {
		const board = new Board();
		const improv = open(board);
		const ssid = `"home" \\;:,<img onerror>😀`;
		improv.receive(command(1, [...string(ssid), ...string(`p"ä's word`)]));
		expect(board.take()).toEqual([state(3)]);
		improv.receive(command(2));
		expect(board.take()).toEqual([state(3)]);
		improv.failed();
		expect(board.take()).toEqual([state(2), error(3)]);
		// Looking again does not take back that it failed.
		improv.receive(command(2));
		expect(board.take()).toEqual([state(2)]);
		improv.receive(command(1, [...string(ssid), 0]));
		expect(board.take()).toEqual([error(0), state(3)]);
		board.connected = true;
		improv.connected();
		expect(board.take()).toEqual([state(4), result(1, ["http://192.168.1.9/"])]);
		improv.failed();
		expect(board.take()).toEqual([]);
		expect(board.joins).toEqual([
			[ssid, `p"ä's word`],
			[ssid, ""],
		]);
	});

	test("a board that is on line stays so when a new network fails", () => {
		const board = new Board();
		board.connected = true;
		const improv = open(board);
		improv.receive(command(1, [...string("other"), ...string("12345678")]));
		improv.failed();
		expect(board.take()).toEqual([state(3), state(4), error(3)]);
	});

	test.each([
		["no length", packet(3, [1])],
		["no data at all", packet(3, [])],
		["a length that is not its data's", packet(3, [2, 1])],
		["an SSID beyond the data", command(1, [200, 65])],
		["no password", command(1, string("home"))],
		["something behind the password", command(1, [...string("home"), ...string("12345678"), 0])],
		["an SSID of 33 bytes", command(1, [...string("x".repeat(33)), 0])],
		["an empty SSID", command(1, [0, 0])],
		["a short password", command(1, [...string("home"), ...string("1234567")])],
		["an SSID that is no text", command(1, [2, 0xff, 0xfe, 0])],
		["a zero byte in the SSID", command(1, [3, 65, 0, 65, 0])],
		["a wrong sum", command(2).map((byte, at) => (11 === at ? byte ^ 1 : byte))],
	])("%s is an invalid packet, and changes nothing", (_, bytes) => {
		const board = new Board();
		const improv = open(board);
		improv.receive(bytes);
		expect(board.take()).toEqual([error(1)]);
		expect(board.joins).toEqual([]);
		improv.receive(command(3));
		expect(board.take()).toEqual([error(0), result(3, ["gateway", "1.2.3", "ESP32", "kitchen"])]);
	});

	test("an unknown command", () => {
		const board = new Board();
		open(board).receive(command(99));
		expect(board.take()).toEqual([error(2)]);
	});

	test("packets in any pieces among a log, also one that begins like a header", () => {
		for (const piece of [1, 2, 3, 7, 64]) {
			const board = new Board();
			const improv = open(board);
			const stream = [
				...text("boot: IMPRO IIMPROVE\n"),
				...command(2),
				0x0a,
				...text("IMP"),
				...command(3),
				// What others than commands say is not for a board.
				...packet(1, [2]),
				...command(2),
			];
			for (let at = 0; at < stream.length; at += piece) improv.receive(Uint8Array.from(stream.slice(at, at + piece)));
			expect(board.take()).toEqual([state(2), result(3, ["gateway", "1.2.3", "ESP32", "kitchen"]), state(2)]);
		}
	});

	test("random bytes and altered packets do no harm", () => {
		let seed = 7;
		const random = (limit: number) => {
			seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
			return Math.floor((seed / 2 ** 32) * limit);
		};
		const board = new Board();
		const improv = open(board);
		for (let count = 0; count < 3000; count++) {
			const bytes = command(random(6), [...string("home"), ...string("12345678")].slice(0, random(15)));
			for (let changes = random(3); changes > 0; changes--) bytes[random(bytes.length)] = random(256);
			improv.receive(bytes);
			improv.receive(Uint8Array.from({ length: random(20) }, () => random(256)));
			if (0 === random(10)) improv.failed();
			if (0 === random(10)) improv.connected();
		}
		board.take();
		// At most one longest packet is swallowed by a length that lied.
		improv.receive(new Uint8Array(300));
		board.take();
		improv.receive(command(3));
		expect(board.take().at(-1)).toEqual(result(3, ["gateway", "1.2.3", "ESP32", "kitchen"]));
		for (const [ssid] of board.joins) expect(ssid!.length).toBeGreaterThan(0);
	});
});
