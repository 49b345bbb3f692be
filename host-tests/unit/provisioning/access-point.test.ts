import { accessPointName, accessPointPassword } from "gateway/provisioning/access-point";
import { expect, test } from "vitest";

test("the access point's name: the gateway's, and the end of its hardware address, in 32 characters", () => {
	expect(accessPointName("kitchen", "A4:D1:8C:DB:C0:20")).toBe("kitchen-c020");
	expect(accessPointName("x".repeat(32), "A4:D1:8C:DB:C0:20")).toBe(`${"x".repeat(27)}-c020`);
	expect(accessPointName("kitchen", undefined)).toBe("kitchen");
});

test("its password: ten characters that are easily read, each as likely", () => {
	let next = 0;
	const counts = new Map<string, number>();
	for (let count = 0; count < 310; count++) {
		const password = accessPointPassword((bytes) => {
			bytes[0] = next++ & 0xff;
		});
		expect(password).toMatch(/^[a-hjkmnp-z2-9]{10}$/);
		for (const character of password) counts.set(character, 1 + (counts.get(character) ?? 0));
	}
	expect(counts.size).toBe(31);
	// Of 256 values 248 count, and each of the letters eight times.
	for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThanOrEqual(8);
});
