import type { Failure } from "common/wifi/supervisor";
import { escapeHTML } from "gateway/provisioning/page";
import { Portal, type PortalBoard } from "gateway/provisioning/portal";
import { PortalGuard } from "gateway/provisioning/portal-guard";
import type { Request, Response } from "gateway/web/route";
import { Router } from "gateway/web/router";
import { describe, expect, test } from "vitest";
import { encodeForm } from "./encode";

class Board implements PortalBoard {
	name = "kitchen";
	joined: string | undefined;
	address: string | undefined;
	get host(): string {
		return `${this.name}.local`;
	}
	failure: Failure | null = null;
	joins: string[][] = [];
	tokens = 0;
	current: string | undefined;
	finished = 0;
	uses = 0;
	found: [string, number, boolean][] = [];
	done: (() => void) | undefined;

	rename(name: string): void {
		this.name = name;
	}
	join(ssid: string, password: string): number {
		this.joins.push([ssid, password]);
		this.failure = null;
		return 0;
	}
	look(found: (ssid: string, strength: number, secure: boolean) => void, done: () => void): boolean {
		for (const [ssid, strength, secure] of this.found) found(ssid, strength, secure);
		this.done = done;
		return true;
	}
	failureOf(): Failure | null {
		return this.failure;
	}
	token(make: "if-none" | "anew" | undefined): string | undefined {
		if ("anew" === make || ("if-none" === make && 0 === this.tokens)) this.current = `token${++this.tokens}`;
		return this.current;
	}
	finish(): void {
		this.finished++;
	}
	used(): void {
		this.uses++;
	}
}

const host = "4.3.2.1";

/** A portal and what a browser does with it. */
function open(board = new Board()) {
	const portal = new Portal(board);
	const router = new Router(portal.routes);
	const guard = new PortalGuard(host, () => 80);
	const call = (
		method: string,
		path: string,
		form?: Record<string, string>,
		headers: Record<string, string> = {},
		remoteAddress = "4.3.2.2",
	): Response => {
		const request = {
			method,
			path,
			query: "",
			headers: new Map(Object.entries({ host, ...headers })),
			remoteAddress,
			parameters: [],
			scope: undefined,
		} as unknown as Request & { route?: { handle(request: Request, body: Uint8Array): Response } };
		const body = new TextEncoder().encode(encodeForm(form ?? {}));
		return guard.check(request) ?? router.find(request as never) ?? request.route!.handle(request, body);
	};
	return { board, portal, call, html: () => call("GET", "/").body as string };
}

const hex = (text: string) => Buffer.from(text).toString("hex");

describe("the portal", () => {
	test.each([
		// Android and ChromeOS (AOSP NetworkStack), Apple, Windows (NCSI), Firefox, NetworkManager.
		["connectivitycheck.gstatic.com", "/generate_204"],
		["www.google.com", "/gen_204"],
		["captive.apple.com", "/hotspot-detect.html"],
		["www.apple.com", "/library/test/success.html"],
		["www.msftconnecttest.com", "/connecttest.txt"],
		["www.msftconnecttest.com", "/redirect"],
		["www.msftncsi.com", "/ncsi.txt"],
		["detectportal.firefox.com", "/canonical.html"],
		["nmcheck.gnome.org", "/check_network_status.txt"],
		["connectivity-check.ubuntu.com", "/"],
		["fedoraproject.org", "/static/hotspot.txt"],
	])("leads the probe of %s%s to itself", (name, path) => {
		expect(open().call("GET", path, undefined, { host: name })).toMatchObject({
			status: 302,
			headers: { location: "http://4.3.2.1/" },
		});
	});

	test("leads unknown paths of its own to the page", () => {
		for (const path of ["/favicon.ico", "/a/b", "/a/b/c"])
			expect(open().call("GET", path)).toMatchObject({ status: 303, headers: { location: "/" } });
	});

	test("takes forms from itself alone", () => {
		const { board, call } = open();
		const form = { other: "home", password: "12345678", name: "kitchen" };
		expect(call("POST", "/join", form, { origin: "http://evil.example" }).status).toBe(403);
		expect(call("POST", "/join", form, { origin: "null" }).status).toBe(403);
		expect(call("POST", "/join", form, { host: "evil.example", origin: "http://evil.example" }).status).toBe(403);
		expect(board.joins).toEqual([]);
		expect(call("POST", "/join", form, { origin: "http://4.3.2.1" }).status).toBe(303);
		expect(board.joins).toEqual([["home", "12345678"]]);
	});

	test("answers nobody in the network that the gateway has joined", () => {
		const { board, call } = open();
		board.joined = "home";
		board.address = "192.168.1.20";
		for (const address of ["192.168.1.66", "4.3.20.2", "14.3.2.2", "fe80::1", ""]) {
			expect(call("GET", "/", undefined, {}, address).status).toBe(403);
			expect(call("GET", "/", undefined, { host: "192.168.1.20" }, address).status).toBe(403);
			for (const path of ["/join", "/token", "/finish"]) expect(call("POST", path, {}, {}, address).status).toBe(403);
		}
		expect(board).toMatchObject({ joins: [], tokens: 0, finished: 0, uses: 0 });
		expect(call("GET", "/").body).toContain("token1");
	});

	test("at another port, is led to with it", () => {
		const guard = new PortalGuard(host, () => 8080);
		const request = (name: string) =>
			({
				method: "GET",
				path: "/",
				headers: new Map([["host", name]]),
				remoteAddress: "4.3.2.2",
			}) as unknown as Request;
		expect(guard.check(request("4.3.2.1:8080"))).toBeUndefined();
		expect(guard.check(request("4.3.2.1"))?.headers).toEqual({ location: "http://4.3.2.1:8080/" });
	});

	test("makes no token for a page that does not show it", () => {
		const { board, call, html } = open();
		board.joined = "home";
		call("POST", "/join", { other: "office", password: "12345678", name: "kitchen" });
		expect(html()).toContain("Trying <b>office</b>");
		expect(board.tokens).toBe(0);
		board.failure = "not-found";
		expect(html()).toContain("<code>token1</code>");
	});

	test("tells that it cannot look now, until it can", () => {
		const { board, call, html } = open();
		const { look } = board;
		board.look = () => false;
		call("POST", "/look");
		expect(html()).toContain("busy");
		board.look = look;
		call("POST", "/look");
		expect(html()).not.toContain("busy");
		expect(html()).toContain("Looking for networks");
	});

	test("joins nothing when a network is chosen and another entered, but for what the page has entered itself", () => {
		const { board, call, html } = open();
		const form = (network: string, other: string) => ({ network, other, password: "12345678", name: "kitchen" });
		call("POST", "/join", form(hex("home"), "hidden"));
		expect(board.joins).toEqual([]);
		expect(html()).toContain("the name of another entered");
		call("POST", "/join", form("", "hidden"));
		board.failure = "wrong-password";
		expect(html()).toContain('name="other" aria-label="Name of another network" value="hidden"');
		call("POST", "/join", form(hex("home"), "hidden"));
		call("POST", "/join", form(hex("home"), "home"));
		expect(board.joins.map(([ssid]) => ssid)).toEqual(["hidden", "home", "home"]);
	});

	test("from the list to the token", () => {
		const { board, portal, call, html } = open();
		board.found = [
			["far", -80, true],
			["home", -70, true],
			["home", -40, true],
			["open", -50, false],
		];
		portal.look();
		expect(html()).toContain("Looking for networks");
		board.done!();
		const list = html();
		expect(list.match(/<span>[^<]*<\/span><small>[^<]*/g)).toEqual([
			"<span>home</span><small>strong",
			"<span>open</span><small>open, strong",
			"<span>far</span><small>weak",
		]);
		expect(list).not.toContain("refresh");

		call("POST", "/join", { network: hex("home"), password: "wrong password", name: "attic" });
		expect(board.name).toBe("attic");
		expect(portal.trying).toBe(true);
		expect(html()).toMatch(/refresh.*Trying <b>home<\/b>/);
		board.failure = "wrong-password";
		expect(portal.trying).toBe(false);
		const failed = html();
		expect(failed).toContain("The password is not that of the network");
		expect(failed).toContain(`value="${hex("home")}" checked`);
		expect(failed).not.toContain("token1");
		expect(call("POST", "/finish").status).toBe(409);

		call("POST", "/join", { network: hex("home"), password: "right password", name: "attic" });
		board.joined = "home";
		board.address = "192.168.1.9";
		const done = html();
		for (const text of ["http://192.168.1.9/", "http://attic.local/", "token1"]) expect(done).toContain(text);
		expect(html()).toContain("token1");
		call("POST", "/token");
		expect(html()).toContain("token2");
		expect(call("POST", "/finish").status).toBe(200);
		expect(board.finished).toBe(1);
	});

	test("a failed new network beside the old one", () => {
		const { board, call, html } = open();
		board.joined = "home";
		board.address = "192.168.1.9";
		call("POST", "/join", { other: "other", password: "12345678", name: "kitchen" });
		board.failure = "not-found";
		const page = html();
		expect(page).toContain("The gateway is in <b>home</b>");
		expect(page).toContain("The network is not in reach");
		expect(page).toContain('value="other"');
	});

	test.each([
		[{ other: "", password: "" }, "Choose a network"],
		[{ other: "x".repeat(33), password: "" }, "Choose a network"],
		[{ network: "zz", password: "" }, "Choose a network"],
		[{ network: "ff", password: "" }, "makes no sense"],
		[{ other: "home", password: "short" }, "8 to 63 bytes"],
		[{ other: "home", password: "12345678", name: "no spaces" }, "letters, digits and hyphens"],
		[{ other: "home", password: "12345678", name: "" }, "letters, digits and hyphens"],
	])("says what is wrong with %j", (form, complaint) => {
		const { board, call, html } = open();
		call("POST", "/join", form as Record<string, string>);
		expect(html()).toContain(complaint);
		expect(board.joins).toEqual([]);
	});

	test.each([
		`"quotes' & <b>`,
		"<img onerror=alert(1)>",
		"</title><script>1</script>",
		" lead and trail ",
		"日本 😀",
		"a\r\nb",
	])("an SSID of %j goes through unchanged and does nothing to the page", (ssid) => {
		const { page, joins } = pageAfter(ssid);
		expect(joins).toEqual([[ssid, `"p' <&> ä`]]);
		// Its markup is that of a page with a plain name.
		expect(page.split(escapeHTML(ssid)).join("plain").split(hex(ssid)).join(hex("plain"))).toBe(
			pageAfter("plain").page,
		);
		for (const mark of ["<", ">", '"', "'", "\n"]) expect(escapeHTML(ssid)).not.toContain(mark);
	});

	/** The page that shows an SSID wherever it may stand. */
	function pageAfter(ssid: string) {
		const { board, portal, call, html } = open();
		board.found = [[ssid, -40, true]];
		portal.look();
		board.done!();
		const value = /name="network" value="([0-9a-f]+)"/.exec(html())![1]!;
		call("POST", "/join", { network: value, password: `"p' <&> ä`, name: "kitchen" });
		const trying = html();
		board.failure = "wrong-password";
		const failed = html();
		board.joined = ssid;
		return { page: trying + failed + html(), joins: board.joins };
	}

	test("lists sixteen at most, the strongest", () => {
		const { board, portal, html } = open();
		board.found = Array.from({ length: 100 }, (_, n) => [`network ${n}`, -100 + n, true]);
		portal.look();
		portal.look();
		board.done!();
		const page = html();
		expect(page.match(/type="radio"/g)!.length).toBe(17);
		expect(page).toContain("network 99<");
		expect(page).toContain("network 84<");
		expect(page).not.toContain("network 83<");
		expect(page.length).toBeLessThan(5000);
	});
});
