import Display from "drivers/ssd1306";
import { expect, test } from "vitest";
import { drawPanel } from "../../../tools/cli/panel";
import { SSD1306 } from "../../../tools/simulator/supervisor/chips/ssd1306";
import { createBus } from "./bench";

test("SSD1306: its rows are the panel's dots, and braille draws them on a terminal", () => {
	const chip = new SSD1306();
	const io = createBus(new Map([[0x3c, chip]]));
	const display = new Display({ display: { io, data: 4, clock: 15 } });
	display.text(2, 9, "left 98%");
	display.show();
	const rows = chip.request({ do: "rows" }) as string[];
	expect(rows.length).toBe(32);
	for (const [y, row] of rows.entries())
		expect(row).toBe(Array.from({ length: 64 }, (_, x) => (chip.lit(x, y) ? "#" : " ")).join(""));
	const lines = drawPanel(rows);
	expect(lines.map((line) => line.length)).toEqual(new Array(8).fill(32));
	let drawn = 0;
	for (const character of lines.join(""))
		for (let dots = character.codePointAt(0)! - 0x2800; dots; dots &= dots - 1) drawn++;
	expect(drawn).toBe(rows.join("").split("#").length - 1);
	expect(drawn).toBeGreaterThan(40);
});

test("braille: the first character has 2 × 4 dots, numbered as Unicode does", () => {
	const draw = (x: number, y: number) => {
		const rows = Array.from({ length: 4 }, (_, row) => (row === y ? " ".repeat(x).concat("#") : "").padEnd(2));
		return drawPanel(rows)[0];
	};
	expect([draw(0, 0), draw(0, 3), draw(1, 0), draw(1, 3)]).toEqual(["⠁", "⡀", "⠈", "⢀"]);
});
