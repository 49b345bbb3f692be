import { fromHex } from "common/hex";
import { publisherRoutes } from "gateway/inference/publisher-routes";
import { type KeyStorage, PublisherError, Publishers } from "gateway/inference/publishers";
import { RepositoryError } from "gateway/inference/repository-error";
import { HTTPError, type Request } from "gateway/web/route";
import { describe, expect, it } from "vitest";
import { modelFile, openFile } from "./models";
import { digest, RepositoryBench } from "./repository-bench";

/**
 * Two keys of P-256 and what they signed, made with Node: the bytes 0 to 99 by the first one, the file of
 * `modelFile("gesture", "1.1.0", 300)` by the first one.
 */
const keys = {
	lab: "a1bae73cf372403a0cec47ddea0c4c7bd26178f0a674eb86474262dc2c4bbe755a94ce6b8c3e2940d2037d85fdc174ecae249253450da27d47f5202b831857bb",
	other:
		"1c4af0933b1e6cf9da9e34d9bc4901c2eab20cb85ab40f93d84b6d1e0800fc294720a7a4c5f7542f74c6efd5f88ec824ad2bea2abab2408a50e916d3494702c8",
};
const mark = new TextEncoder().encode("TMLSIGN1");
const content = Uint8Array.from({ length: 100 }, (_, i) => i);
const signature = fromHex(
	"0645df857e4c7b1f73a0dec60500ed44fff5789be916d5bf76307ce20ef488ea3c5a2bd58884e303f57c8e9fc9eabb0a12cb4da480a33d5938f52786aa87ba02",
)!;
const modelSignature = fromHex(
	"107c7d11dfc5a263d20bf815daca99771a12cbdb4ac61a54d10c1fd936e14b2c161edaf79ea82ee5bf580f6cdf49408180c07e6189a5dec8e0fe764cc0087258",
)!;

const signed = (bytes: Uint8Array, by: Uint8Array) => Uint8Array.from([...bytes, ...by, ...mark]);

class Storage extends Map<string, string> {
	read(key: string): string | undefined {
		return this.get(key);
	}
	write(key: string, value: string): void {
		this.set(key, value);
	}
}

function known(...names: (keyof typeof keys)[]): Publishers {
	const map = new Storage();
	const storage = {
		read: (key: string) => map.read(key),
		write: (key: string, value: string) => map.write(key, value),
		delete: (key: string) => void map.delete(key),
		[Symbol.iterator]: () => map.keys(),
	} satisfies KeyStorage;
	const publishers = new Publishers({ storage, digestOf: digest });
	for (const name of names) publishers.add(name, keys[name]);
	return publishers;
}

const codeOf = (work: () => unknown) => {
	try {
		work();
	} catch (error) {
		if (error instanceof PublisherError || error instanceof RepositoryError) return error.code;
		throw error;
	}
	return undefined;
};

describe("publishers", () => {
	it("are found by their signature", () => {
		expect(known("other", "lab").signerOf(signed(content, signature))).toBe("lab");
	});

	it("have not signed what has no trailer", () => {
		for (const file of [content, new Uint8Array(0), mark, signed(content, signature).subarray(0, -1)])
			expect(known("lab").signerOf(file)).toBe("");
	});

	it("who are not known, and changes after signing, are refused", () => {
		const file = signed(content, signature);
		expect(codeOf(() => known().signerOf(file))).toBe("signature");
		expect(codeOf(() => known("other").signerOf(file))).toBe("signature");
		for (const at of [0, 50, 99, 100, 131, 132, 163]) {
			const changed = file.slice();
			changed[at]! ^= 1;
			expect(
				codeOf(() => known("lab").signerOf(changed)),
				`byte ${at}`,
			).toBe("signature");
		}
		expect(codeOf(() => known("lab").signerOf(signed(new Uint8Array(0), signature)))).toBe("signature");
	});

	it("are four at most, with proper names and keys", () => {
		const publishers = known("lab");
		for (const name of ["", "A", "a b", "x".repeat(16)])
			expect(codeOf(() => publishers.add(name, keys.lab))).toBe("name");
		for (const key of ["", "00".repeat(64), keys.lab.slice(2), `${keys.lab.slice(0, -2)}zz`])
			expect(codeOf(() => publishers.add("lab", key))).toBe("key");
		for (const name of ["b", "c", "d"]) publishers.add(name, keys.other);
		expect(codeOf(() => publishers.add("e", keys.lab))).toBe("full");
		publishers.add("lab", keys.other);
		expect([...publishers.names()]).toEqual(["lab", "b", "c", "d"]);
		expect([publishers.remove("b"), publishers.remove("b")]).toEqual([true, false]);
	});
});

describe("a repository with publishers", () => {
	const model = modelFile("gesture", "1.1.0", 300);
	const load = (file: Uint8Array, wantsSigned: boolean, publishers = known("lab")) => {
		const bench = new RepositoryBench({
			open: openFile,
			factory: modelFile("gesture", "1.0.0", 100),
			signerOf: (bytes) => publishers.signerOf(bytes),
		});
		bench.put("gesture", "1.1.0", file);
		const code = codeOf(() => bench.repository.load("gesture", { version: "1.1.0", signed: wantsSigned }));
		return [code, bench.repository.find("gesture")?.version];
	};

	it("loads what is signed for whoever asks", () => {
		expect(load(signed(model, modelSignature), true)).toEqual([undefined, "1.1.0"]);
	});

	it("loads what is not signed only where that is allowed", () => {
		expect(load(model, false)).toEqual([undefined, "1.1.0"]);
		expect(load(model, true)).toEqual(["unsigned", "1.0.0"]);
	});

	it("loads what is signed wrongly for nobody", () => {
		for (const wantsSigned of [false, true]) {
			expect(load(signed(model, signature), wantsSigned)).toEqual(["signature", "1.0.0"]);
			expect(load(signed(model, modelSignature), wantsSigned, known("other"))).toEqual(["signature", "1.0.0"]);
		}
	});

	it("takes one signature, the last, and nothing that stands between", () => {
		const file = signed(model, modelSignature);
		for (const more of [signed(file, modelSignature), Uint8Array.from([...file, 0]), signed(file, signature)])
			expect(load(more, true)).toEqual([more.length === file.length + 1 ? "unsigned" : "signature", "1.0.0"]);
		expect(load(file.subarray(0, -1), true)).toEqual(["unsigned", "1.0.0"]);
	});

	it("takes what is signed under its own name and version only", () => {
		const publishers = known("lab");
		const bench = new RepositoryBench({
			open: openFile,
			factory: modelFile("gesture", "1.0.0", 100),
			signerOf: (bytes) => publishers.signerOf(bytes),
		});
		bench.put("gesture", "9.0.0", signed(model, modelSignature));
		expect(codeOf(() => bench.repository.load("gesture", { signed: true }))).toBe("card");
		// Nor does an older one come back once a newer one is stored.
		expect(codeOf(() => bench.put("gesture", "1.1.0", signed(model, modelSignature)))).toBe("older");
	});

	it("takes the firmware's own model as it is", () => {
		const bench = new RepositoryBench({ open: openFile, factory: modelFile("gesture", "1.0.0", 100) });
		expect(bench.repository.load("gesture", { signed: true }).version).toBe("1.0.0");
	});
});

describe("publisher routes", () => {
	const send = (publishers: Publishers, method: string, name?: string, body?: unknown) => {
		const route = publisherRoutes(publishers).find(
			(one) => one.method === method && one.path.endsWith("*") === (name !== undefined),
		)!;
		const request = { parameters: [name] } as unknown as Request;
		try {
			const text = body === undefined ? "" : JSON.stringify(body);
			return route.handle(request, new TextEncoder().encode(text)).status;
		} catch (error) {
			if (error instanceof HTTPError) return error.status;
			throw error;
		}
	};

	it("add, tell and remove", () => {
		const publishers = known();
		expect(send(publishers, "PUT", "lab", { key: keys.lab })).toBe(204);
		expect([...publishers.names()]).toEqual(["lab"]);
		expect(send(publishers, "GET")).toBe(200);
		expect(send(publishers, "DELETE", "lab")).toBe(204);
		expect(send(publishers, "DELETE", "lab")).toBe(404);
	});

	it("refuse what is no key", () => {
		for (const body of [{}, { key: 5 }, { key: "00" }, [], { key: "0".repeat(129) }])
			expect(send(known(), "PUT", "lab", body)).toBe(400);
		expect(send(known(), "PUT", "Lab", { key: keys.lab })).toBe(400);
	});
});
