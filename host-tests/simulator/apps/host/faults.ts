import Timer from "timer";

export function memory(): void {
	const all: ArrayBuffer[] = [];
	for (;;) all.push(new ArrayBuffer(512));
}

export function slots(): void {
	const all: object[] = [];
	for (;;) all.push({ number: all.length });
}

export function stack(): number {
	return 1 + stack();
}

function fail(): never {
	throw new RangeError("on purpose");
}

export function exception(): void {
	Timer.set(() => fail(), 1);
}

export function rejection(): void {
	Timer.set(async () => {
		await null;
		fail();
	}, 1);
}

export function caught(): void {
	Promise.reject(new Error("nobody knows")).catch((error) => trace(`caught ${error.message}\n`));
}

export async function unknown(): Promise<void> {
	await import(["no", "such", "module"].join("/"));
}
