/** Where a recipe's data comes from and how it is brought into rows, as the recipe says it. */

import type { EdgeImpulseOptions } from "../import/edge-impulse";
import { longestSide, type PictureFormat } from "../import/pictures";
import { channelColumns, FormatError, type TextFormat, unitFactor } from "../import/text";
import { type Channel, channelNames } from "../sensor";
import { Fields, SourceError } from "./fields";
import type { GeneratedOptions } from "./generated";
import { NamePattern, PatternError } from "./names";
import type { Reduction } from "./reduce";
import type { SplitOptions } from "./split";
import type { Cut, WindowOptions } from "./windows";

/** Motion of simulated wearers and sensors; it comes split, by device. */
export interface GeneratedSource extends GeneratedOptions {
	readonly kind: "generated";
}

/** Which files there are and what their names say. */
export interface FileSource {
	/** A file, or a folder with all that is in it; from the recipe's folder, or from the working directory. */
	readonly path: string;
	/**
	 * A `NamePattern` for names within the folder, such as "{label}/{*}_{group}.txt"; files that do not match are passed
	 * over. Without one all files are taken.
	 */
	readonly files?: string;
	/** The label of all files, where neither their names nor they themselves say it. */
	readonly label?: string;
	/**
	 * Whose a recording is where neither {group} nor the file itself says it: "file" (unless stated), all in a file are of
	 * one person or session; "recording", each is its own.
	 */
	readonly group?: "file" | "recording";
	/**
	 * The classes in the order of the model's outputs. Recordings with labels of none are left out and counted. Without it
	 * each label is a class, in the order of their characters. A recipe says it as a list of names that are the labels, or
	 * as an object with a list of labels for each name.
	 */
	readonly classes?: readonly ClassRule[];
}

export interface ClassRule {
	readonly name: string;
	/** The labels that the class takes together; "*" takes those that no other takes. */
	readonly labels: readonly string[];
}

export type MotionSource = FileSource & { readonly windows: WindowOptions } & (
		| { readonly kind: "arduino"; readonly rate: number; readonly rows?: number }
		| ({ readonly kind: "text" } & TextFormat)
		| ({ readonly kind: "edge-impulse" } & EdgeImpulseOptions)
		| { readonly kind: "captures"; readonly rows?: number }
	);

export type ImageSource = FileSource & PictureFormat & { readonly kind: "images"; readonly reduce: Reduction };

export type RecordedSource = MotionSource | ImageSource;

export type DataSource = GeneratedSource | RecordedSource;

const kinds = Object.freeze(["generated", "arduino", "text", "edge-impulse", "captures", "images"] as const);

const longestWindow = 10_000;
const greatestRate = 10_000;
const mostRows = 1_000_000;

/** Checks a recipe's JSON. Throws `SourceError`, which names the field; `name` is what the object itself is called. */
export function readSource(json: unknown, name = "data"): DataSource {
	const fields = new Fields(name, json);
	const kind = fields.choice("kind", kinds);
	const source = "generated" === kind ? readGenerated(fields) : readRecorded(kind, fields);
	fields.end();
	return source;
}

/** Checks how a recipe divides its data. Throws `SourceError`. */
export function readSplit(json: unknown, name = "split"): SplitOptions {
	const fields = new Fields(name, json);
	const by = fields.choice("by", ["class", "group"]);
	const parts = fields.object("shares");
	const shares = {
		training: parts.number("training", 0, 1e6),
		validation: parts.number("validation", 0, 1e6),
		test: parts.number("test", 0, 1e6),
	};
	parts.end();
	if (0 === shares.training + shares.validation + shares.test) throw new SourceError(parts.name, "are all 0");
	const seed = fields.integer("seed", 0, 0xffffffff);
	fields.end();
	return { by, shares, seed };
}

function readGenerated(fields: Fields): GeneratedSource {
	const kinds = ["left", "right", "other"] as const;
	const names = fields.texts("classes").join();
	const classes = [kinds, kinds.slice(0, 2)].find((all) => all.join() === names);
	if (!classes) throw new SourceError(fields.nameOf("classes"), "are neither left, right nor left, right, other");
	const window = fields.integer("window", 1, longestWindow);
	const devices = fields.object("devices");
	const source: GeneratedSource = {
		kind: "generated",
		classes,
		window,
		rate: fields.number("rate", 1, 1000),
		...readTrigger(fields, window),
		devices: {
			training: devices.integer("training", 1, 10_000),
			validation: devices.integer("validation", 1, 10_000),
			test: devices.integer("test", 1, 10_000),
		},
		motions: fields.integer("motions", 1, 1000),
	};
	devices.end();
	return source;
}

function readTrigger(fields: Fields, window: number): { threshold: number; release: number; history: number } {
	return {
		threshold: fields.number("threshold", 1, 8000),
		release: fields.number("release", 1, 8000),
		history: fields.integer("history", 0, window - 1),
	};
}

function readRecorded(kind: Exclude<DataSource["kind"], "generated">, fields: Fields): RecordedSource {
	const files = readFiles(fields);
	if ("images" === kind) {
		const width = fields.integer("width", 1, longestSide);
		const height = fields.integer("height", 1, longestSide);
		const white = fields.number("white", 1, 65535);
		return { kind, ...files, width, height, white, reduce: readReduction(fields.object("reduce"), width, height) };
	}
	if ("captures" !== kind && undefined === files.label && !(files.files && new NamePattern(files.files).hasLabel))
		throw new SourceError(fields.nameOf("label"), 'is missing: give it, or {label} within "files"');
	const motion = { ...files, windows: readWindows(fields.object("windows")) };
	const rows = fields.optional("rows", (key) => fields.integer(key, 1, mostRows));
	const length = undefined === rows ? {} : { rows };
	switch (kind) {
		case "arduino":
			return { kind, ...motion, ...length, rate: fields.number("rate", 1, greatestRate) };
		case "text":
			return { kind, ...motion, ...length, ...readText(fields) };
		case "edge-impulse": {
			const sensors = fields.optional("sensors", (key) => readSensors(fields.object(key)));
			return { kind, ...motion, ...length, ...(sensors && { sensors }) };
		}
		case "captures":
			return { kind, ...motion, ...length };
	}
}

function readFiles(fields: Fields): FileSource {
	const path = fields.text("path");
	const files = fields.optional("files", (key) => fields.text(key));
	const label = fields.optional("label", (key) => fields.text(key));
	const group = fields.optional("group", (key) => fields.choice(key, ["file", "recording"] as const));
	const classes = fields.optional("classes", () => readClasses(fields));
	if (undefined !== files) {
		try {
			new NamePattern(files);
		} catch (error) {
			if (!(error instanceof PatternError)) throw error;
			throw new SourceError(fields.nameOf("files"), error.message);
		}
	}
	return {
		path,
		...(undefined !== files && { files }),
		...(undefined !== label && { label }),
		...(group && { group }),
		...(classes && { classes }),
	};
}

function readClasses(fields: Fields): ClassRule[] {
	const rules = Array.isArray(fields.value("classes"))
		? fields.texts("classes").map((name) => ({ name, labels: [name] }))
		: readClassObject(fields.object("classes"));
	const labels = rules.flatMap((rule) => rule.labels);
	const twice = labels.find((label, i) => labels.indexOf(label) < i);
	if (undefined !== twice) throw new SourceError(fields.nameOf("classes"), `"${twice}" is in two classes`);
	return rules;
}

function readClassObject(fields: Fields): ClassRule[] {
	return fields.keys().map((name) => {
		// An object has such names first, whatever order they were written in.
		if (/^\d+$/.test(name)) throw new SourceError(fields.nameOf(name), "is a number: give the classes as a list");
		return { name, labels: fields.texts(name) };
	});
}

function readText(fields: Fields): TextFormat {
	const columns = fields.texts("columns") as (Channel | "-")[];
	const divider = fields.optional("divider", (key) => fields.text(key));
	if (undefined !== divider && divider !== divider.trim())
		throw new SourceError(
			fields.nameOf("divider"),
			"begins or ends with white space, without which lines are compared",
		);
	const units = fields.object("units");
	const acceleration = units.text("acceleration");
	const rotation = units.optional("rotation", (key) => units.text(key));
	units.end();
	/** Repeats what the importer checks, to name the field. */
	const check = (field: string, read: () => unknown) => {
		try {
			read();
		} catch (error) {
			if (!(error instanceof FormatError)) throw error;
			throw new SourceError(field, error.message);
		}
	};
	check(fields.nameOf("columns"), () => channelColumns(columns));
	check(units.nameOf("acceleration"), () => unitFactor("acceleration", acceleration));
	if (columns.some((name) => name.startsWith("g")))
		check(units.nameOf("rotation"), () => unitFactor("rotation", rotation));
	return {
		columns,
		units: { acceleration, ...(undefined !== rotation && { rotation }) },
		rate: fields.number("rate", 1, greatestRate),
		...(undefined !== divider && { divider }),
	};
}

function readSensors(fields: Fields): Readonly<Record<string, Channel | "-">> {
	return Object.fromEntries(fields.keys().map((name) => [name, fields.choice(name, [...channelNames, "-"])]));
}

function readWindows(fields: Fields): WindowOptions {
	const window = fields.integer("window", 1, longestWindow);
	const rate = fields.optional("rate", (key) => fields.number(key, 1, greatestRate));
	const channels = fields.optional("channels", (key) => {
		const channels = fields.integer(key, 3, 6);
		if (3 !== channels && 6 !== channels) throw new SourceError(fields.nameOf(key), "is neither 3 nor 6");
		return channels;
	});
	const cut = readCut(fields.object("cut"), window);
	fields.end();
	return { window, cut, ...(undefined !== rate && { rate }), ...(undefined !== channels && { channels }) };
}

function readCut(fields: Fields, window: number): Cut {
	const kind = fields.choice("kind", ["recorded", "trigger", "slide", "peak"]);
	const cut = (): Cut => {
		switch (kind) {
			case "recorded":
				return { kind };
			case "trigger":
				return { kind, ...readTrigger(fields, window) };
			case "slide":
				return { kind, step: fields.integer("step", 1, mostRows) };
			case "peak": {
				const hold = fields.optional("hold", (key) => fields.boolean(key));
				return { kind, ...(undefined !== hold && { hold }) };
			}
		}
	};
	const result = cut();
	fields.end();
	return result;
}

function readReduction(fields: Fields, width: number, height: number): Reduction {
	const size = fields.integer("size", 1, Math.min(width, height));
	const margin = fields.integer("margin", 0, Math.floor((Math.min(width, height) - 1) / 2));
	const deslant = fields.optional("deslant", (key) => fields.boolean(key));
	fields.end();
	return { size, margin, ...(undefined !== deslant && { deslant }) };
}
