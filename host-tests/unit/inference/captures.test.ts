import { formatLines, formatTable } from "gateway/inference/capture-formats";
import { captureRoutes } from "gateway/inference/capture-routes";
import { type CaptureError, Captures } from "gateway/inference/captures";
import { RecordLog } from "gateway/resources/record-log";
import { HTTPError, type Request, type Response } from "gateway/web/route";
import { describe, expect, it } from "vitest";
import { SimulatedFlash } from "../resources/flash";

const blocks = 3;
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function bench(flash = new SimulatedFlash(blocks)) {
	let changes = 0;
	const captures = new Captures({ flash, onChange: () => changes++ });
	const routes = captureRoutes({ captures, isDevice: (id) => id.startsWith("wearable"), encode: base64 });
	const send = (method: string, path: string, options: { body?: unknown; query?: string; device?: string } = {}) => {
		const { body, query = "", device } = options;
		const route = routes.find((one) => one.method === method && one.path === path)!;
		const request = { method, path, query, parameters: device ? [device] : [] } as unknown as Request;
		return route.handle(request, new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body)));
	};
	return { flash, captures, send, changes: () => changes };
}

const window = (value: number, length = 1428) => {
	const counts = new Int16Array(length / 2).fill(value);
	return new Uint8Array(counts.buffer);
};
const text = ({ texts }: Response) => {
	let all = "";
	for (let part = texts!.next(); !part.done; part = texts!.next()) all += part.value;
	return all;
};
const codeOf = (work: () => void) => {
	try {
		work();
	} catch (error) {
		return (error as CaptureError).code;
	}
	return undefined;
};
const statusOf = (work: () => unknown) => {
	try {
		work();
	} catch (error) {
		if (error instanceof HTTPError) return error.status;
		throw error;
	}
	return 200;
};

describe("captures", () => {
	it("keep what a recorded device sends, and nothing of others, until the count is reached", () => {
		const { captures, flash } = bench();
		captures.start("wearable-1", "left", 2);
		captures.take("wearable-2", 119.4, 1000, window(9));
		for (let i = 1; i <= 3; i++) captures.take("wearable-1", 119.4, 1000 * i, window(i));
		expect(captures.recordings).toEqual([]);
		// What a restart finds.
		const kept: unknown[] = [];
		for (const { window: bytes, part: _, ...rest } of bench(flash).captures.values())
			kept.push({ ...rest, first: bytes[0] });
		expect(kept).toEqual([
			{ device: "wearable-1", label: "left", time: 1000, rate: Math.fround(119.4), first: 1 },
			{ device: "wearable-1", label: "left", time: 2000, rate: Math.fround(119.4), first: 2 },
		]);
	});

	it("end when the quota is used up, keep what is there, and have room again once it is removed", () => {
		const { captures } = bench();
		const { capacity } = captures;
		expect(capacity).toBe(2 * blocks);
		captures.start("wearable-1", "left", 100);
		for (let i = 0; i < 100; i++) captures.take("wearable-1", 0, i, window(i));
		expect(captures.count).toBe(capacity);
		expect(captures.recordings).toEqual([]);
		expect(codeOf(() => captures.start("wearable-1", "left", 1))).toBe("full");
		expect(captures.remove()).toBe(capacity);
		for (let round = 0; round < 5; round++) {
			captures.start("wearable-1", "right", 1);
			captures.take("wearable-1", 0, 0, window(1));
			expect(captures.remove("right")).toBe(1);
		}
		expect(captures.count).toBe(0);
	});

	it("are chosen by label and device", () => {
		const { captures } = bench();
		for (const [device, label] of [
			["wearable-1", "left"],
			["wearable-2", "left"],
			["wearable-2", "ri→ght"],
		] as const) {
			captures.start(device, label, 1);
			captures.take(device, 100, 0, window(1, 24));
		}
		const chosen = (label?: string, device?: string) => [...captures.values(label, device)].length;
		expect([chosen(), chosen("left"), chosen("left", "wearable-2"), chosen("up"), chosen("ri→ght")]).toEqual([
			3, 2, 1, 0, 1,
		]);
		expect(captures.remove("left", "wearable-2")).toBe(1);
		expect([chosen(), chosen("left")]).toEqual([2, 1]);
	});

	it("refuse what cannot be recorded, by code", () => {
		const { captures } = bench();
		for (const label of ["", "a\nb", "x".repeat(33), "→".repeat(11)])
			expect(codeOf(() => captures.start("wearable-1", label, 1))).toBe("label");
		for (const count of [0, -1, 1001, Number.NaN])
			expect(codeOf(() => captures.start("wearable-1", "left", count))).toBe("count");
		for (let i = 0; i < 8; i++) captures.start(`wearable-${i}`, "left", 1);
		expect(codeOf(() => captures.start("wearable-8", "left", 1))).toBe("busy");
		// One that is being recorded already is recorded as said last.
		captures.start("wearable-3", "right", 5);
		expect(captures.recordings.at(-1)).toEqual({ device: "wearable-3", label: "right", remaining: 5 });
		captures.stop("wearable-3");
		expect(captures.recordings).toHaveLength(7);
	});

	it("leave out a window that no record has room for", () => {
		const { captures } = bench();
		captures.start("wearable-1", "left", 1);
		captures.take("wearable-1", 100, 0, window(1, 2404));
		expect(captures.count).toBe(0);
		captures.take("wearable-1", 100, 0, window(1, 2400));
		expect(captures.count).toBe(1);
	});
});

it("captures leave out windows that are not of samples of six counts, which a table has no form for", () => {
	const { captures, send, flash } = bench();
	captures.start("wearable-1", "left", 9);
	for (const length of [1, 7, 10, 13, 1427]) captures.take("wearable-1", 100, 0, new Uint8Array(length));
	expect(captures.count).toBe(0);
	// As an earlier format may have left it.
	const log = new RecordLog({ flash, maximumLength: 2500 });
	const names = [...new TextEncoder().encode("\u0003dev\u0004left")];
	log.append(Uint8Array.from([1, ...new Array(12).fill(0), ...names, 1, 2, 3]));
	const again = bench(flash);
	expect(again.captures.count).toBe(1);
	const query = "format=csv&label=left";
	const route = again.send("GET", "/api/v1/captures/windows", { query });
	expect(text(route)).toBe("aX,aY,aZ,gX,gY,gZ\n");
	expect(send("DELETE", "/api/v1/captures/windows").status).toBe(200);
});

it("captures that are removed while they are exported end the export, or what it gives is whole", () => {
	const { captures, send } = bench();
	captures.start("wearable-1", "left", 100);
	for (let i = 0; i < 6; i++) captures.take("wearable-1", 100, i, window(i));
	const { texts } = send("GET", "/api/v1/captures/windows");
	let text: string = texts!.next().value;

	captures.remove();
	captures.start("wearable-1", "right", 100);
	for (let i = 0; i < 5; i++) captures.take("wearable-1", 100, 10 + i, window(10 + i, 120 * i + 12));
	try {
		for (let part = texts!.next(); !part.done; part = texts!.next()) text += part.value;
	} catch (error) {
		expect((error as Error).message).toContain("removed");
	}
	const whole = text
		.slice(0, text.lastIndexOf("\n") + 1)
		.split("\n")
		.slice(0, -1);
	for (const line of whole) {
		const { time, window: bytes, label } = JSON.parse(line);
		const length = time < 10 ? 1428 : 120 * (time - 10) + 12;
		expect([label, Buffer.from(bytes, "base64")]).toEqual([
			time < 10 ? "left" : "right",
			Buffer.from(window(time, length)),
		]);
	}
	expect(whole.length).toBeLessThanOrEqual(6);
});

describe("capture routes", () => {
	const recordings = "/api/v1/captures/recordings/*";
	const windows = "/api/v1/captures/windows";

	it("record, tell, export and remove", () => {
		const { captures, send } = bench();
		const started = send("PUT", recordings, { device: "wearable-1", body: { label: "left", count: 2 } });
		expect(started.status).toBe(202);
		expect(JSON.parse(started.body as string)).toEqual({
			windows: 0,
			capacity: 6,
			recordings: [{ device: "wearable-1", label: "left", remaining: 2 }],
		});
		captures.take("wearable-1", 119.4, 5, window(-8192, 24));
		expect(send("DELETE", recordings, { device: "wearable-1" }).status).toBe(204);
		captures.take("wearable-1", 119.4, 6, window(1, 24));
		const line = JSON.parse(text(send("GET", windows)));
		expect(line).toMatchObject({ device: "wearable-1", label: "left", time: 5, rate: 119.4 });
		expect(new Uint8Array(Buffer.from(line.window, "base64"))).toEqual(window(-8192, 24));
		const table = text(send("GET", windows, { query: "format=csv&label=left" }));
		const row = "-1.00000,-1.00000,-1.00000,-499.512,-499.512,-499.512";
		expect(table).toBe(`aX,aY,aZ,gX,gY,gZ\n${row}\n${row}\n\n`);
		expect(JSON.parse(send("DELETE", windows, { query: "label=right" }).body as string)).toEqual({ removed: 0 });
		expect(JSON.parse(send("DELETE", windows).body as string)).toEqual({ removed: 1 });
		expect(text(send("GET", windows))).toBe("");
	});

	it("refuse with a status", () => {
		const { captures, send } = bench();
		const put = (body: unknown, device = "wearable-1") => statusOf(() => send("PUT", recordings, { device, body }));
		expect(put({ label: "left", count: 1 }, "stranger")).toBe(404);
		expect(put({ label: "left" })).toBe(400);
		expect(put({ label: "left", count: 0 })).toBe(400);
		expect(put({ label: "a\u0001", count: 1 })).toBe(400);
		expect(put([1])).toBe(400);
		captures.start("wearable-1", "left", 100);
		for (let i = 0; i < 10; i++) captures.take("wearable-1", 0, 0, window(i));
		expect(put({ label: "left", count: 1 })).toBe(507);
		for (const query of ["format=csv", "format=xml", "label=%ff"])
			expect(statusOf(() => send("GET", windows, { query }))).toBe(400);
	});
});

describe("export", () => {
	it("gives a window in texts of at most a kilobyte", () => {
		const counts = window(-32768);
		const part = (start: number, end: number) => counts.subarray(start, end);
		const capture = { device: "w", label: "l", time: 0, rate: 0, window: counts, part };
		const texts = [...formatTable([capture])];
		expect(texts.join("").trimEnd().split("\n")).toHaveLength(120);
		const lines = [...formatLines([capture], base64)];
		expect(Buffer.from(JSON.parse(lines.join("")).window, "base64")).toEqual(Buffer.from(counts));
		expect(Math.max(...[...texts, ...lines].map((text) => text.length))).toBeLessThan(1024);
	});
});
