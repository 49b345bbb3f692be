/**
 * What stands for "vitest" inside XS: the same `expect`, and as much of the runner as the unit tests use.
 * A test file registers its tests as it is loaded; `runTests` then runs them in order and traces one line of JSON each.
 */
import {
	ASYMMETRIC_MATCHERS_OBJECT,
	chai,
	type ExpectStatic,
	GLOBAL_EXPECT,
	getState,
	JestAsymmetricMatchers,
	JestChaiExpect,
	JestExtend,
	setState,
} from "@vitest/expect";
import { type Line, MARK } from "./lines";

type Body = (...parameters: unknown[]) => unknown;

interface Suite {
	readonly name: string;
	readonly parent: Suite | undefined;
	readonly skipped: boolean;
	readonly before: { all: Body[]; each: Body[] };
	readonly after: { all: Body[]; each: Body[] };
	readonly children: (Suite | Test)[];
}

interface Test {
	readonly name: string;
	readonly suite: Suite;
	readonly skipped: boolean;
	readonly body: Body;
}

const newSuite = (name: string, parent: Suite | undefined, skipped: boolean): Suite => ({
	name,
	parent,
	skipped,
	before: { all: [], each: [] },
	after: { all: [], each: [] },
	children: [],
});

const top = newSuite("", undefined, false);
let current = top;

/** printf's letters as vitest takes them in the names of `each`, and $name for a member of the first parameter. */
function formatName(name: string, parameters: readonly unknown[], index: number): string {
	let next = 0;
	const formatted = name.replace(/%[sdifjoO#%]/g, (letter) => {
		if (letter === "%%") return "%";
		if (letter === "%#") return String(index);
		if (next >= parameters.length) return letter;
		const value = parameters[next++];
		switch (letter) {
			case "%j":
			case "%o":
			case "%O":
				return typeof value === "bigint" ? `${value}` : (JSON.stringify(value) ?? String(value));
			case "%d":
			case "%f":
				return String(Number(value));
			case "%i":
				return String(Math.trunc(Number(value)));
			default:
				return String(value);
		}
	});
	return formatted.replace(/\$(\w+)/g, (whole, member: string) => {
		const first = parameters[0];
		return typeof first === "object" && first !== null && member in first
			? String((first as Record<string, unknown>)[member])
			: whole;
	});
}

/** `test(name, body)`, `test(name, options, body)` and `test(name, body, timeout)`. */
const bodyOf = (parameters: readonly unknown[]): Body =>
	parameters.find((parameter) => typeof parameter === "function") as Body;

interface Register {
	(name: unknown, ...parameters: unknown[]): void;
	each(rows: readonly unknown[]): (name: string, ...parameters: unknown[]) => void;
	skipIf(condition: unknown): Register;
}

function registering(add: (name: string, body: Body, skipped: boolean) => void, skipped = false): Register {
	const register = (name: unknown, ...parameters: unknown[]) =>
		add(typeof name === "function" ? name.name : String(name), bodyOf(parameters), skipped);
	const each =
		(rows: readonly unknown[]) =>
		(name: string, ...parameters: unknown[]) => {
			const body = bodyOf(parameters);
			for (const [index, row] of rows.entries()) {
				const values = Array.isArray(row) ? row : [row];
				add(formatName(name, values, index), () => body(...values), skipped);
			}
		};
	return Object.assign(register, {
		each,
		skipIf: (condition: unknown) => registering(add, skipped || Boolean(condition)),
	});
}

export const test = registering((name, body, skipped) => {
	current.children.push({ name, suite: current, skipped, body });
});
export const it = test;

export const describe = registering((name, body, skipped) => {
	const parent = current;
	current = newSuite(name, parent, skipped);
	parent.children.push(current);
	try {
		body();
	} finally {
		current = parent;
	}
});

export const beforeAll = (body: Body) => void current.before.all.push(body);
export const beforeEach = (body: Body) => void current.before.each.push(body);
export const afterAll = (body: Body) => void current.after.all.unshift(body);
export const afterEach = (body: Body) => void current.after.each.unshift(body);

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

function createExpect() {
	const expect = ((value: unknown, message?: string) => {
		setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
		return chai.expect(value, message);
	}) as unknown as ExpectStatic;
	Object.assign(expect, chai.expect, (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT]);
	Object.assign(globalThis, { [GLOBAL_EXPECT]: expect });
	const state = { assertionCalls: 0, isExpectingAssertions: false, isExpectingAssertionsError: null };
	setState({ ...state, expectedAssertionsNumber: null, expectedAssertionsNumberErrorGen: null }, expect);
	return expect;
}

export const expect = createExpect();

function emit(line: Line): void {
	trace(`${MARK}${JSON.stringify(line)}\n`);
}

function namesOf(test: Test): string[] {
	const names = [test.name];
	for (let suite: Suite | undefined = test.suite; suite?.parent; suite = suite.parent) names.unshift(suite.name);
	return names;
}

/** From the outermost suite to the test's own. */
function suitesOf(test: Test): Suite[] {
	const suites: Suite[] = [];
	for (let suite: Suite | undefined = test.suite; suite; suite = suite.parent) suites.unshift(suite);
	return suites;
}

async function runTest(test: Test, skipped: boolean): Promise<void> {
	const names = namesOf(test);
	if (skipped || test.skipped) return emit({ kind: "test", names, state: "skipped" });
	// Told before it runs, so that a test that ends its machine can be named.
	emit({ kind: "start", names });
	let failure: unknown;
	let failed = false;
	const attempt = async (body: Body) => {
		try {
			await body();
		} catch (error) {
			if (!failed) failure = error;
			failed = true;
		}
	};
	const suites = suitesOf(test);
	for (const { before } of suites) for (const body of before.each) await attempt(body);
	if (!failed) await attempt(test.body);
	for (const { after } of suites.reverse()) for (const body of after.each) await attempt(body);
	if (!failed) return emit({ kind: "test", names, state: "passed" });
	const error = failure instanceof Error ? failure : new Error(`thrown: ${String(failure)}`);
	emit({ kind: "test", names, state: "failed", message: `${error.name}: ${error.message}`, stack: error.stack ?? "" });
}

async function runSuite(suite: Suite, skipped: boolean): Promise<void> {
	if (!skipped) for (const body of suite.before.all) await body();
	for (const child of suite.children)
		if ("body" in child) await runTest(child, skipped);
		else await runSuite(child, skipped || child.skipped);
	if (!skipped) for (const body of suite.after.all) await body();
}

/** Hits by file, as istanbul counts them; there when the bundle was instrumented. */
declare const __coverage__: Record<string, { s: unknown; f: unknown; b: unknown; hash: string }> | undefined;

export async function runTests(): Promise<void> {
	await runSuite(top, false);
	if (typeof __coverage__ !== "undefined")
		for (const [path, { s, f, b }] of Object.entries(__coverage__)) emit({ kind: "coverage", path, s, f, b });
	emit({ kind: "end" });
}
