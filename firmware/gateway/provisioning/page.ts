import { toHex } from "common/hex";
import { encodeText } from "common/text";
import type { Failure } from "common/wifi/supervisor";

/** A network in reach. */
export interface Visible {
	readonly ssid: string;
	/** dBm. */
	readonly strength: number;
	readonly secure: boolean;
}

/** What the portal's page shows. */
export interface View {
	readonly name: string;
	/** Strongest first. */
	readonly networks: readonly Visible[];
	readonly looking: boolean;
	/** The SSID that was asked for last. */
	readonly asked: string | undefined;
	/** It is being tried for the first time; then why it failed. */
	readonly trying: boolean;
	readonly failure: Failure | null;
	/** What is wrong with what was entered. */
	readonly complaint: string | undefined;
	/** The network that the gateway is in, and its address there. */
	readonly joined: string | undefined;
	readonly address: string | undefined;
	/** The name that it answers to there. */
	readonly host: string;
	/** The operator's token, when it was made here. */
	readonly token: string | undefined;
}

/** Text for the content of an element, or an attribute between quotes. */
export function escapeHTML(text: string): string {
	let escaped = "";
	for (const character of text)
		switch (character) {
			case "&":
				escaped += "&amp;";
				break;
			case "<":
				escaped += "&lt;";
				break;
			case ">":
				escaped += "&gt;";
				break;
			case '"':
				escaped += "&quot;";
				break;
			case "'":
				escaped += "&#39;";
				break;
			default:
				// A control character shows as what it is: one that nobody can read.
				escaped += character < " " || "\x7f" === character ? "\ufffd" : character;
		}
	return escaped;
}

export const failureTexts: Readonly<Record<Failure, string>> = Object.freeze({
	"wrong-password": "The password is not that of the network, or the network asks for one.",
	"not-found": "The network is not in reach. The gateway hears 2.4 GHz only.",
	"no-address": "The network let the gateway in and gave it no address.",
	lost: "The network did not let the gateway in, or the link broke.",
});

export const style = `:root{color-scheme:light dark;font:100%/1.5 system-ui,sans-serif}
body{max-width:26rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem}
fieldset{border:1px solid #8886;border-radius:.5rem;padding:.5rem;margin:0 0 1rem}
fieldset label{display:flex;align-items:center;gap:.5rem;padding:.5rem;overflow-wrap:anywhere}
fieldset small{margin-left:auto;white-space:nowrap}
.field{display:block;margin:0 0 1rem}
.field input,input.other{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.6rem;border:1px solid #888;border-radius:.5rem}
button{font:inherit;padding:.7rem 1rem;border:0;border-radius:.5rem;background:#0b57d0;color:#fff;width:100%;margin:0 0 .75rem}
button.plain{background:#8883;color:inherit}
.bad{border-left:.25rem solid #d33;padding-left:.75rem}
.good{border-left:.25rem solid #2a2;padding-left:.75rem}
code{font-size:1.1rem;overflow-wrap:anywhere;user-select:all}
`;

/** Bars for dBm, as phones show them. */
function bars(strength: number): string {
	return strength > -60 ? "strong" : strength > -75 ? "fair" : "weak";
}

/** The whole page. It works without scripts, and loads nothing but its style from the same place. */
export function renderPage(view: View): string {
	const { asked, joined, trying } = view;
	const waiting = trying || view.looking;
	const refresh = waiting ? '<meta http-equiv="refresh" content="3;url=/">' : "";
	const name = escapeHTML(view.name);
	let text = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${refresh}<title>${name}: WiFi</title><link rel="stylesheet" href="/style.css"></head><body><h1>${name}</h1>`;
	if (trying)
		return `${text}<p>Trying <b>${escapeHTML(asked!)}</b> …</p><p>This takes up to half a minute. The gateway's own network may go away for a moment, for both share one radio: join it again if your device leaves it.</p></body></html>`;
	if (undefined !== joined) text += renderJoined(view);
	if (undefined !== view.complaint) text += `<p class="bad">${escapeHTML(view.complaint)}</p>`;
	else if (null !== view.failure && asked !== joined)
		text += `<p class="bad"><b>${escapeHTML(asked!)}</b>: ${failureTexts[view.failure]} ${
			undefined === joined ? "The gateway tries it again by itself. You may enter something else." : ""
		}</p>`;
	text += undefined === joined ? "<p>Which WiFi network shall the gateway use?</p>" : "<h2>Another network</h2>";
	text += '<form method="post" action="/join"><fieldset>';
	let chosen = false;
	for (const { ssid, strength, secure } of view.networks) {
		// As digits, because a form changes the ends of lines that a name may have.
		const checked = ssid === asked ? " checked" : "";
		if (checked) chosen = true;
		text += `<label><input type="radio" name="network" value="${toHex(encodeText(ssid))}"${checked}><span>${escapeHTML(ssid)}</span><small>${secure ? "" : "open, "}${bars(strength)}</small></label>`;
	}
	if (view.looking) text += "<p>Looking for networks …</p>";
	const other = chosen || undefined === asked ? "" : escapeHTML(asked);
	text += `<label><input type="radio" name="network" value=""${chosen ? "" : " checked"}><span>Another</span></label><input class="other" name="other" aria-label="Name of another network" value="${other}" autocapitalize="none" autocomplete="off" spellcheck="false"></fieldset>`;
	text += `<label class="field">Password<input type="password" name="password" autocomplete="off"></label>`;
	text += `<label class="field">Name of the gateway<input name="name" value="${name}" maxlength="32" pattern="[A-Za-z0-9\\-]{1,32}" autocapitalize="none" autocomplete="off" spellcheck="false"></label>`;
	text +=
		'<button>Connect</button></form><form method="post" action="/look"><button class="plain">Look again</button></form>';
	return `${text}</body></html>`;
}

function renderJoined({ joined, address, host, token }: View): string {
	let text = `<div class="good"><p>The gateway is in <b>${escapeHTML(joined!)}</b>. After the restart it is at</p>`;
	if (undefined !== address) text += `<p><code>http://${escapeHTML(address)}/</code></p>`;
	text += `<p><code>http://${escapeHTML(host)}/</code></p>`;
	text +=
		undefined === token
			? '<form method="post" action="/token"><button class="plain">Make a new operator\'s token</button></form>'
			: `<p>Sign in there with the operator's token. It is shown only now: copy it.</p><p><code>${escapeHTML(token)}</code></p>`;
	return `${text}<form method="post" action="/finish"><button>Finish</button></form></div>`;
}
