import { Panel, type Status, statusLines } from "gateway/status-display";
import { describe, expect, test } from "vitest";

const status: Status = {
	name: "hall",
	wifi: { state: "connected", ssid: "home", rssi: -50, address: "10.0.0.9", failure: null },
	pairing: 0,
	code: undefined,
	result: undefined,
	devices: 2,
	windows: 17,
	cloud: "connected",
	update: "",
	token: undefined,
};

describe("what the panel shows", () => {
	test("name, address, the latest result, and in turns devices, windows and the cloud", () => {
		expect(statusLines(status, 0)).toEqual(["hall", "10.0.0.9", "no result", "2 devices"]);
		expect(statusLines({ ...status, result: "left 98%" }, 4)).toEqual(["hall", "10.0.0.9", "left 98%", "17 win"]);
		expect(statusLines(status, 11)[3]).toBe("cloud connected");
		expect(statusLines(status, 12)[3]).toBe("2 devices");
		expect(statusLines({ ...status, update: "trial 45 s" }, 12)[3]).toBe("trial 45 s");
	});

	test.each([
		["connecting", null, "joining"],
		["waiting", "wrong-password", "wrong password"],
		["waiting", "not-found", "no WiFi"],
		["connecting", "no-address", "no address"],
		["connecting", "lost", "WiFi lost"],
	] as const)("%s, %s: %s", (state, failure, line) => {
		expect(statusLines({ ...status, wifi: { ...status.wifi, state, failure } }, 0)[1]).toBe(line);
	});

	test("while pairing, its time, and the code of who waits", () => {
		expect(statusLines({ ...status, pairing: 119, result: "left 98%" }, 0)[2]).toBe("pair 119 s");
		expect(statusLines({ ...status, pairing: 119, code: "0042" }, 0)[2]).toBe("code 0042");
	});

	test("a first token, in turns with the rest", () => {
		const token = "0123456789abcdef0123456789ABCDEF";
		expect(statusLines({ ...status, token }, 3)).toEqual(["01234567", "89abcdef", "01234567", "89ABCDEF"]);
		expect(statusLines({ ...status, token }, 4)[0]).toBe("hall");
	});
});

describe("Panel", () => {
	function open() {
		const drawn: string[] = [];
		let shows = 0;
		const panel = new Panel({
			clear: () => drawn.splice(0),
			text: (x, y, text) => drawn.push(`${x},${y} ${text}`),
			show: () => shows++,
		});
		return { panel, drawn, shows: () => shows };
	}

	test("draws only what is new", () => {
		const { panel, drawn, shows } = open();
		panel.show(["hall", "10.0.0.9"]);
		panel.show(["hall", "10.0.0.9"]);
		expect(shows()).toBe(1);
		expect(drawn).toEqual(["0,0 hall", "0,8 10.0.0.9"]);
		panel.show(["hall", "10.0.0.8"]);
		expect(shows()).toBe(2);
	});

	test("what a panel did not take is drawn again when it answers", () => {
		let answers = true;
		let shows = 0;
		const panel = new Panel({
			clear() {},
			text() {},
			show() {
				if (!answers) throw new Error("not acknowledged");
				shows++;
			},
		});
		panel.show(["hall"]);
		answers = false;
		for (let step = 0; step < 3; step++) panel.show(["10.0.0.9"]);
		answers = true;
		panel.show(["hall"]);
		panel.show(["hall"]);
		expect(shows).toBe(2);
	});

	test("a line of more than ten characters moves along, and all of it comes by", () => {
		const { panel, drawn } = open();
		const line = "192.168.100.200";
		const seen = new Set<string>();
		for (let step = 0; step < 18; step++) {
			panel.show([line]);
			expect(drawn[0]!.length).toBe("0,0 ".length + 10);
			for (let at = 0; at + 3 <= 10; at++) seen.add(drawn[0]!.slice(4 + at, 7 + at));
		}
		for (let at = 0; at + 3 <= line.length; at++) expect(seen).toContain(line.slice(at, at + 3));
	});
});
