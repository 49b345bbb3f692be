/** Fills `bytes` from the platform's source of unpredictable numbers; `Math.random` may be seeded. */
export function fillRandom(bytes: Uint8Array): void {
	native("xs_random").call(undefined, bytes);
}
