import { crc32, inflateSync } from "node:zlib";
import Display from "drivers/ssd1306";
import { expect, test } from "vitest";
import { png } from "../../../tools/simulator/supervisor/chips/png";
import { SSD1306 } from "../../../tools/simulator/supervisor/chips/ssd1306";
import { createBus } from "./bench";

test("SSD1306: the picture is a PNG with right checksums that shows the panel's dots", () => {
	const chip = new SSD1306();
	const io = createBus(new Map([[0x3c, chip]]));
	const display = new Display({ display: { io, data: 4, clock: 15 } });
	display.text(2, 9, "left 98%");
	display.show();
	const reply = chip.request({ do: "picture" }) as { width: number; height: number; png: string };
	expect([reply.width, reply.height]).toEqual([64, 32]);
	const bytes = Buffer.from(reply.png, "base64");
	expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
	const chunks = new Map<string, Buffer>();
	for (let at = 8; at < bytes.length; ) {
		const length = bytes.readUInt32BE(at);
		const type = bytes.toString("latin1", at + 4, at + 8);
		chunks.set(type, bytes.subarray(at + 8, at + 8 + length));
		expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)));
		at += 12 + length;
	}
	expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
	// inflateSync checks Adler-32.
	const rows = inflateSync(chunks.get("IDAT")!);
	for (let y = 0; y < 32; y++)
		for (let x = 0; x < 64; x++) expect(0 !== (rows[y * 9 + 1 + (x >> 3)]! & (0x80 >> (x & 7)))).toBe(chip.lit(x, y));
});

test("PNG: a picture beyond one stored block is refused", () => {
	expect(() => png(1024, 1024, () => true)).toThrow(RangeError);
});
