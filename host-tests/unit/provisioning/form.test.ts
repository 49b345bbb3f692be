import { FormError, readForm } from "gateway/provisioning/form";
import { expect, test } from "vitest";
import { encodeForm } from "./encode";

const bytes = (text: string) => new TextEncoder().encode(text);
const names = ["network", "password"] as const;

test("forms: as browsers encode them", () => {
	for (const password of ["", "a b+c&d=e%", `"quotes' <img onerror>`, "pässwörd 日本 😀", "1\r\n2"]) {
		const body = encodeForm({ network: "café", more: "x", password });
		expect(readForm(bytes(body), names)).toEqual({ network: "café", password });
	}
});

test("forms: as Firefox sends one", () => {
	const body = "network=caf%C3%A9&password=a+b%2Bc%26d%3De%25%27%21%28%29%7E*-._%F0%9F%98%80";
	expect(readForm(bytes(body), names)).toEqual({ network: "café", password: "a b+c&d=e%'!()~*-._😀" });
});

test("forms: odd ones", () => {
	expect(readForm(bytes(""), names)).toEqual({});
	expect(readForm(bytes("&&=&network&"), names)).toEqual({ network: "" });
	expect(readForm(bytes("network=a=b&network=c"), names)).toEqual({ network: "a=b" });
	expect(readForm(bytes("password=%c3%A9"), names)).toEqual({ password: "é" });
});

test.each(["network=%", "network=%4", "network=%4g", "network=%00", "network=%ff", "%zz=1"])(
	"forms: %s is none",
	(body) => {
		expect(() => readForm(bytes(body), names)).toThrow(FormError);
	},
);

test("forms: random bytes are read or refused", () => {
	let seed = 5;
	const random = (limit: number) => {
		seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((seed / 2 ** 32) * limit);
	};
	for (let count = 0; count < 3000; count++) {
		const body = Uint8Array.from({ length: random(60) }, () =>
			random(3) ? "&=%+network4f".charCodeAt(random(13)) : random(256),
		);
		try {
			for (const value of Object.values(readForm(body, names))) expect(typeof value).toBe("string");
		} catch (error) {
			expect(error).toBeInstanceOf(FormError);
		}
	}
});
