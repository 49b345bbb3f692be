import { glyphColumn } from "drivers/font";
import Display, { height, width } from "drivers/ssd1306";
import { expect, test } from "vitest";
import { SSD1306 } from "../../../tools/simulator/supervisor/chips/ssd1306";
import { createBus } from "../chips/bench";

function wire() {
	const chip = new SSD1306();
	const io = createBus(new Map([[0x3c, chip]]));
	return { chip, io, display: new Display({ display: { io, data: 4, clock: 15 } }) };
}

/** What is seen on the panel, a line of text each. */
function picture(chip: SSD1306): string[] {
	return Array.from({ length: height }, (_, y) =>
		Array.from({ length: width }, (_, x) => (chip.lit(x, y) ? "#" : ".")).join(""),
	);
}

test("SSD1306 driver: text stands upright at its place", () => {
	const { chip, display } = wire();
	display.text(0, 0, "L");
	display.text(58, 25, "i");
	display.show();
	const seen = picture(chip);
	expect(seen.slice(0, 8).map((line) => line.slice(0, 6))).toEqual([
		"#.....",
		"#.....",
		"#.....",
		"#.....",
		"#.....",
		"#.....",
		"#####.",
		"......",
	]);
	expect(seen.slice(25, 32).map((line) => line.slice(58))).toEqual([
		"..#...",
		"......",
		".##...",
		"..#...",
		"..#...",
		"..#...",
		".###..",
	]);
});

test("SSD1306 driver: what lies outside is cut off, what is unknown shows as a question mark", () => {
	const { chip, display } = wire();
	display.text(-3, -2, "HHHHHHHHHHHHHH");
	display.text(0, 30, "H");
	display.text(0, 16, "é😀");
	display.show();
	const first = picture(chip);
	expect(first[0]!.length).toBe(64);
	display.clear();
	display.text(0, 16, "??");
	display.show();
	const questions = picture(chip).slice(16, 24);
	expect(first.slice(16, 24)).toEqual(questions);
	expect(questions.join("")).toContain("#");
});

test("SSD1306 driver: clear empties the panel, close switches it off and may be called again", () => {
	const { chip, io, display } = wire();
	display.text(0, 0, "0.98");
	display.show();
	expect(picture(chip).join("")).toContain("#");
	display.close();
	display.close();
	expect(io.open).toBe(0);
	expect(picture(chip).join("")).not.toContain("#");
	expect(chip.read(1)[0]).toBe(0x40);
});

test("SSD1306 driver: every printable character has dots of its own", () => {
	const shapes = new Set<string>();
	for (let code = 0x20; code < 0x7f; code++) {
		const shape = [0, 1, 2, 3, 4, 5].map((x) => glyphColumn(code, x));
		expect(shape.every((column) => column >= 0 && column < 128)).toBe(true);
		expect(shape[5]).toBe(0);
		shapes.add(shape.join());
	}
	expect(shapes.size).toBe(95);
});

/** A panel that is on, has its charge pump, and shows the memory as it is. */
function lit(): SSD1306 {
	const chip = new SSD1306();
	chip.write(Uint8Array.of(0, 0x8d, 0x14, 0xa8, 31, 0xa1, 0xc8, 0xaf));
	return chip;
}

test("SSD1306 commands: ranges with horizontal and vertical addressing wrap within themselves", () => {
	const chip = lit();
	chip.write(Uint8Array.of(0, 0x20, 0, 0x21, 32, 33, 0x22, 0, 1));
	chip.write(Uint8Array.of(0x40, 1, 2, 4, 8, 16));
	const dots = (x: number) => Array.from({ length: 16 }, (_, y) => (chip.lit(x, y) ? 1 : 0)).join("");
	expect([dots(0), dots(1)]).toEqual(["0000100000100000", "0100000000010000"]);
	chip.write(Uint8Array.of(0, 0x20, 1, 0x21, 32, 33, 0x22, 0, 1));
	chip.write(Uint8Array.of(0x40, 1, 2, 4, 8));
	expect([dots(0), dots(1)]).toEqual(["1000000001000000", "0010000000010000"]);
});

test("SSD1306 commands: control bytes may alternate, and a command's parameters may come later", () => {
	const chip = lit();
	chip.write(Uint8Array.of(0x80, 0xb0, 0x80, 0x00, 0x80, 0x12, 0x40, 0x01));
	expect(chip.lit(0, 0)).toBe(true);
	chip.write(Uint8Array.of(0, 0x81));
	chip.write(Uint8Array.of(0, 0x22));
	expect(chip.request({ do: "picture" })).toMatchObject({ contrast: 0x22 });
});

test("SSD1306 commands: inverse, all on, off, start line, mirrored, and no light without the charge pump", () => {
	const chip = lit();
	chip.write(Uint8Array.of(0, 0xb0, 0x00, 0x12));
	chip.write(Uint8Array.of(0x40, 0x01));
	const corner = () => [chip.lit(0, 0), chip.lit(1, 0), chip.lit(63, 0), chip.lit(0, 31)];
	expect(corner()).toEqual([true, false, false, false]);
	chip.write(Uint8Array.of(0, 0xa7));
	expect(corner()).toEqual([false, true, true, true]);
	chip.write(Uint8Array.of(0, 0xa6, 0xa5));
	expect(corner()).toEqual([true, true, true, true]);
	chip.write(Uint8Array.of(0, 0xa4, 0xa0));
	expect(corner()).toEqual([false, false, true, false]);
	chip.write(Uint8Array.of(0, 0xa1, 0x61));
	expect(corner()).toEqual([false, false, false, true]);
	chip.write(Uint8Array.of(0, 0x40, 0xc0));
	expect(corner()).toEqual([false, false, false, true]);
	chip.write(Uint8Array.of(0, 0xc8, 0x8d, 0x10));
	expect(corner()).toEqual([false, false, false, false]);
});
