import { expect, test } from "vitest";
import { findNatives, NativeError, writeIdentifiers, writeTable } from "../../../tools/simulator/natives";

const source = `
/* void xs_commented(xsMachine *the) { } */
// void xs_commented_too(xsMachine *the) { }
static const char *text = "void xs_in_a_string(xsMachine *the) {";
static void xs_private(xsMachine *the) { }
void xs_declared(xsMachine *the);
void xs_engine_destructor(void *data)
{
	free(data);
}
void xs_engine_invoke(xsMachine *the) {
	xsmcSet(xsThis, xsID_state, xsArg(0)); /* xsID_nothing */
	xsmcGet(xsResult, xsThis, xsID_done);
	xsmcGet(xsResult, xsThis, xsID_state);
}
`;

test("finds the functions that JavaScript can bind, and only those", () => {
	expect(findNatives([{ path: "engine.c", text: source }])).toEqual([
		{ name: "xs_engine_destructor", kind: "destructor", path: "engine.c" },
		{ name: "xs_engine_invoke", kind: "function", path: "engine.c" },
	]);
});

test("refuses a name that two sources define", () => {
	const two = [
		{ path: "a.c", text: "void xs_x(xsMachine *the) {}" },
		{ path: "b.c", text: "void xs_x(xsMachine* machine)\n{}" },
	];
	expect(() => findNatives(two)).toThrow(NativeError);
});

test("writes a table in the order of names", () => {
	const table = writeTable(findNatives([{ path: "engine.c", text: source }]));
	expect(table).toContain("extern void xs_engine_destructor(void *);");
	expect(table).toContain("extern void xs_engine_invoke(xsMachine *);");
	expect(table.indexOf('{"xs_engine_destructor", ')).toBeLessThan(table.indexOf('{"xs_engine_invoke", '));
	expect(table).toContain("const int simNativeCount = 2;");
});

test("defines each identifier once", () => {
	expect(writeIdentifiers([{ text: source }, { text: source }]).match(/#define xsID_\w+/g)).toEqual([
		"#define xsID_done",
		"#define xsID_state",
	]);
});
