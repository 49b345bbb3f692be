import { SerialOutput } from "common/serial-output";
import { expect, test } from "vitest";

/** A port that takes as much as it says and no more. */
function createPort() {
	let room = 0;
	let text = "";
	return {
		write(bytes: Uint8Array): void {
			if (bytes.length > room) throw new Error("output full");
			room -= bytes.length;
			for (const byte of bytes) text += String.fromCharCode(byte);
		},
		/** Lets so many bytes through. */
		drain(output: SerialOutput, count: number): void {
			room = count;
			output.writable(this, count);
		},
		get text() {
			return text;
		},
	};
}

test("lines wait until the port takes them, and come out in pieces and in order", () => {
	const port = createPort();
	const output = new SerialOutput({ capacity: 32 });
	output.line("first");
	output.line("second");
	expect(output.room).toBe(32 - 7 - 8);
	for (let i = 0; i < 20; i++) port.drain(output, 2);
	expect(port.text).toBe("first\r\nsecond\r\n");
	expect(output.room).toBe(32);
});

test("what the port has room for goes at once, round and round the memory", () => {
	const port = createPort();
	const output = new SerialOutput({ capacity: 16 });
	let expected = "";
	for (let i = 0; i < 50; i++) {
		port.drain(output, 128);
		output.line(`line ${i}`);
		expected += `line ${i}\r\n`;
	}
	expect(port.text).toBe(expected);
});

test("a line without room is left out as a whole; the next one that fits is not", () => {
	const port = createPort();
	const output = new SerialOutput({ capacity: 16 });
	output.line("0123456789");
	output.line("left out");
	output.write(Uint8Array.of(0x21));
	port.drain(output, 128);
	expect(port.text).toBe("0123456789\r\n!");
});
