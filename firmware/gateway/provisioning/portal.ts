import { fromHex } from "common/hex";
import { decodeText, TextError } from "common/text";
import { checkCredentials } from "common/wifi/credentials";
import type { Failure } from "common/wifi/supervisor";
import { FormError, readForm } from "gateway/provisioning/form";
import { renderPage, style, type View, type Visible } from "gateway/provisioning/page";
import { isGatewayName } from "gateway/settings";
import { problem } from "gateway/web/response";
import { define, type Request, type Response, type Route, serve } from "gateway/web/route";

/** Networks that the page lists at most. */
const maximumVisible = 16;
/** Bytes of a form: three names and a password, each byte at worst three characters. */
const maximumForm = 1024;

/** What the portal does with the board. */
export interface PortalBoard {
	/** The gateway's name now. */
	readonly name: string;
	rename(name: string): void;
	/** Keeps a network and tries it; gives its slot. */
	join(ssid: string, password: string): number;
	look(found: (ssid: string, strength: number, secure: boolean) => void, done: () => void): boolean;
	/** The SSID of the network that the board is in, and its address there. */
	readonly joined: string | undefined;
	readonly address: string | undefined;
	/** The name that it answers to there; both with a port where that is not 80. */
	readonly host: string;
	/** Why the latest attempt with the slot's network failed. */
	failureOf(slot: number): Failure | null;
	/** The operator's token, if it was made since the start; `make`: made now if there is none yet. */
	token(make: "if-none" | "anew" | undefined): string | undefined;
	/** Restarts into serving, a moment after the answer. */
	finish(): void;
	/** Somebody uses the portal. */
	used(): void;
}

/** The captive portal: what a person does with a browser in the gateway's own network. */
export class Portal {
	readonly routes: readonly Route[];
	readonly #board: PortalBoard;
	#visible: Visible[] = [];
	#looking = false;
	#asked: string | undefined;
	#slot = 0;
	#trying = false;
	#complaint: string | undefined;

	constructor(board: PortalBoard) {
		this.#board = board;
		this.routes = serve(definitions, this);
	}

	/** The SSID that was asked for last, and whether it is being tried for the first time. */
	get asked(): string | undefined {
		return this.#asked;
	}
	get trying(): boolean {
		return this.#trying && undefined === this.outcome();
	}

	/** Where it is kept. */
	get slot(): number {
		return this.#slot;
	}

	/** Why what was asked for failed; null while it has not. */
	get failure(): Failure | null {
		return undefined === this.#asked ? null : this.#board.failureOf(this.#slot);
	}

	/** Looks for networks, unless the radio is busy. */
	look(): void {
		if (this.#looking) return;
		const seen: Visible[] = [];
		this.#looking = this.#board.look(
			(ssid, strength, secure) => note(seen, { ssid, strength, secure }),
			() => {
				this.#looking = false;
				this.#visible = seen;
			},
		);
	}

	/** Tries a network, as the form or the serial line asks. */
	join(ssid: string, password: string): void {
		this.#asked = ssid;
		this.#trying = true;
		this.#slot = this.#board.join(ssid, password);
	}

	page(): Response {
		this.#board.used();
		if (undefined !== this.outcome()) this.#trying = false;
		const { joined } = this.#board;
		const view: View = {
			name: this.#board.name,
			networks: this.#visible,
			looking: this.#looking,
			asked: this.#asked,
			trying: this.#trying,
			failure: this.failure,
			complaint: this.#complaint,
			joined,
			address: this.#board.address,
			host: this.#board.host,
			token: this.#board.token(undefined === joined || this.#trying ? undefined : "if-none"),
		};
		return { status: 200, headers: pageHeaders, body: renderPage(view) };
	}

	submit(body: Uint8Array): Response {
		this.#board.used();
		this.#complaint = this.read(body);
		return back;
	}

	again(): Response {
		this.#board.used();
		this.look();
		this.#complaint = this.#looking
			? undefined
			: "The gateway is busy with a network. Please look again in some seconds.";
		return back;
	}

	renew(): Response {
		this.#board.used();
		this.#board.token("anew");
		return back;
	}

	finish(request: Request): Response {
		if (undefined === this.#board.joined) return problem(409, "the gateway is in no network yet", request.path);
		this.#board.finish();
		return { status: 200, headers: pageHeaders, body: finished };
	}

	/** What came of the attempt: joined or failed; undefined while it is under way. */
	private outcome(): "joined" | "failed" | undefined {
		if (undefined !== this.#asked && this.#asked === this.#board.joined) return "joined";
		return null === this.failure ? undefined : "failed";
	}

	/** Gives what is wrong with the form. */
	private read(body: Uint8Array): string | undefined {
		let ssid: string;
		let password: string;
		let name: string;
		try {
			const form = readForm(body, fields);
			const bytes = form.network ? fromHex(form.network) : undefined;
			const other = form.other ?? "";
			ssid = bytes ? decodeText(bytes) : other;
			// The page itself enters there what was asked for last. No password goes to a network that was not meant.
			if (ssid !== other && "" !== other && this.#asked !== other)
				return "A network was chosen, and the name of another entered. To enter one, choose “Another” as well.";
			password = form.password ?? "";
			name = form.name ?? this.#board.name;
		} catch (error) {
			if (!(error instanceof FormError || error instanceof TextError)) throw error;
			return "What the browser sent makes no sense. Please try again.";
		}
		if (!isGatewayName(name)) return "The gateway's name has 1 to 32 letters, digits and hyphens.";
		switch (checkCredentials(ssid, password)) {
			case "ssid":
				return "Choose a network, or enter its name: 1 to 32 bytes.";
			case "password":
				return "A password has 8 to 63 bytes, or is a key of 64 hexadecimal digits. An open network has none.";
		}
		if (name !== this.#board.name) this.#board.rename(name);
		this.join(ssid, password);
	}
}

/** Takes a network into the list, which has the strongest of each name, the strongest first. */
function note(list: Visible[], network: Visible): void {
	const known = list.findIndex(({ ssid }) => ssid === network.ssid);
	if (known >= 0) {
		if (list[known]!.strength >= network.strength) return;
		list.splice(known, 1);
	}
	let at = list.length;
	while (at > 0 && list[at - 1]!.strength < network.strength) at--;
	list.splice(at, 0, network);
	if (list.length > maximumVisible) list.length = maximumVisible;
}

const fields = Object.freeze(["network", "other", "password", "name"] as const);
const formType: readonly string[] = Object.freeze(["application/x-www-form-urlencoded"]);

/** What the page may do: show its style, and post its forms. A form's Origin is told to this place alone. */
const pageHeaders: Readonly<Record<string, string>> = Object.freeze({
	"content-type": "text/html; charset=utf-8",
	"content-security-policy":
		"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"referrer-policy": "same-origin",
});
const styleHeaders: Readonly<Record<string, string>> = Object.freeze({ "content-type": "text/css; charset=utf-8" });

const back: Response = Object.freeze({ status: 303, headers: Object.freeze({ location: "/" }) });
const finished =
	'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>WiFi</title><link rel="stylesheet" href="/style.css"></head><body><p class="good">The gateway restarts into its new network. Join that network with this device too.</p></body></html>';

const redirect = (): Response => back;

const definitions = define<Portal>([
	{
		method: "GET",
		path: "/",
		handle() {
			return this.service.page();
		},
	},
	{ method: "GET", path: "/style.css", handle: () => ({ status: 200, headers: styleHeaders, body: style }) },
	{
		method: "POST",
		path: "/join",
		maximumBody: maximumForm,
		accepts: formType,
		handle(_request, body) {
			return this.service.submit(body);
		},
	},
	{
		method: "POST",
		path: "/look",
		maximumBody: maximumForm,
		accepts: formType,
		handle() {
			return this.service.again();
		},
	},
	{
		method: "POST",
		path: "/token",
		maximumBody: maximumForm,
		accepts: formType,
		handle() {
			return this.service.renew();
		},
	},
	{
		method: "POST",
		path: "/finish",
		maximumBody: maximumForm,
		accepts: formType,
		handle(request) {
			return this.service.finish(request);
		},
	},
	// What a system asks to learn whether there is a portal, and whatever else somebody looks for, leads here.
	{ method: "GET", path: "/*", handle: redirect },
	{ method: "GET", path: "/*/*", handle: redirect },
	{ method: "GET", path: "/*/*/*", handle: redirect },
]);
