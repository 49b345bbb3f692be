/** From a source's files to examples and a report, one file after another. */

import type { Examples } from "../examples";
import { importArduino } from "../import/arduino";
import { importCaptures } from "../import/captures";
import { importEdgeImpulse } from "../import/edge-impulse";
import { importPictures } from "../import/pictures";
import { importText } from "../import/text";
import { NamePattern } from "./names";
import {
	type Identity,
	type Imported,
	type ImportFile,
	type Picture,
	type Problem,
	placeText,
	type Recording,
} from "./recording";
import { toPictureExamples } from "./reduce";
import type { ClassRule, ImageSource, MotionSource, RecordedSource } from "./source";
import { type ImportReport, problemText } from "./summary";
import { type CutCount, cutWindows, maximumClasses } from "./windows";

/** What was read gives no examples. */
export class LoadError extends Error {}

/** Takes the files of a source, in the order that the examples are to have. */
export class Loader {
	readonly #source: RecordedSource;
	readonly #pattern: NamePattern | undefined;
	readonly #recordings: Recording[] = [];
	readonly #pictures: Picture[] = [];
	readonly #problems: Problem[] = [];
	/** The labels of files that have one. */
	readonly #labels = new Map<string, string>();
	#ignored = 0;

	constructor(source: RecordedSource) {
		this.#source = source;
		this.#pattern = undefined === source.files ? undefined : new NamePattern(source.files);
	}

	/** Whether the source takes the file of this name within its path, with `/` between folders; counts those it does not. */
	takes(name: string): boolean {
		const taken = undefined === this.#pattern || undefined !== this.#pattern.match(name);
		if (!taken) this.#ignored++;
		return taken;
	}

	/** Reads a file; its name is that within the source's path, and what messages call it. */
	add(file: ImportFile): void {
		const source = this.#source;
		const named = this.#pattern?.match(file.name);
		const label = named?.label ?? source.label;
		const isFileGroup = "file" === source.group || (undefined === source.group && byFile.has(source.kind));
		const group = named?.group ?? (isFileGroup ? file.name : undefined);
		const identity = { ...(undefined !== label && { label }), ...(undefined !== group && { group }) };
		if (undefined !== label) this.#labels.set(file.name, label);
		if ("images" === source.kind)
			this.#keep(this.#pictures, importPictures(file, { ...source, ...identity }), identity);
		else this.#keep(this.#recordings, importMotion(source, file, identity), identity);
	}

	#keep<Item extends Recording | Picture>(items: Item[], imported: Imported<Item>, identity: Partial<Identity>): void {
		const own = "recording" === this.#source.group && undefined === identity.group;
		for (const item of imported.items) items.push(own ? { ...item, group: placeText(item.source) } : item);
		for (const problem of imported.problems) this.#problems.push(problem);
	}

	/** Throws `LoadError` when a class has no example, and `WindowError`. */
	finish(): { examples: Examples; report: ImportReport } {
		const source = this.#source;
		return "images" === source.kind ? this.#finishPictures(source) : this.#finishMotion(source);
	}

	#finishPictures(source: ImageSource): { examples: Examples; report: ImportReport } {
		const classifier = new Classifier(source.classes, this.#pictures);
		const pictures = classifier.relabel(this.#pictures);
		const examples = toPictureExamples(pictures, { classes: classifier.names, reduction: source.reduce });
		return { examples, report: this.#report(classifier, pictures, examples) };
	}

	#finishMotion(source: MotionSource): { examples: Examples; report: ImportReport } {
		const classifier = new Classifier(source.classes, this.#recordings);
		const recordings = classifier.relabel(this.#recordings);
		const { examples, problems, counts } = cutWindows(recordings, { ...source.windows, classes: classifier.names });
		for (const problem of problems) this.#problems.push(problem);
		return { examples, report: this.#report(classifier, recordings, examples, counts) };
	}

	#report(
		classifier: Classifier,
		items: readonly (Recording | Picture)[],
		examples: Examples,
		counts?: ReadonlyMap<string, CutCount>,
	): ImportReport {
		const skipped = this.#problems.map(({ file }) => classifier.classOf(this.#labels.get(file)));
		const classes = classifier.names.map((name, index) => {
			const own = items.filter(({ label }) => label === name);
			return {
				name,
				files: new Set(own.map(({ source }) => source.file)).size,
				recordings: own.length,
				rows: own.reduce((sum, item) => sum + rowsOf(item), 0),
				seconds: own.reduce((sum, item) => sum + ("rate" in item ? rowsOf(item) / item.rate : 0), 0),
				groups: new Set(own.map(({ group }) => group)).size,
				examples: examples.labels.filter((label) => label === index).length,
				saturated: counts?.get(name)?.saturated ?? 0,
				skipped: skipped.filter((other) => other === name).length,
			};
		});
		const missing = classes.find((one) => 0 === one.examples)?.name ?? (0 === classes.length ? "any class" : undefined);
		if (undefined !== missing) {
			const [first] = this.#problems;
			const others =
				this.#ignored > 0 ? `; passed over as no "${this.#source.files}": ${this.#ignored} of the files` : "";
			const problem = first ? `; the first problem: ${problemText(first)}` : "";
			throw new LoadError(`nothing for ${missing}${others}${problem}`);
		}
		return { classes, problems: this.#problems, others: classifier.others, ignored: this.#ignored };
	}
}

/** Kinds of which one file is one session unless it is said otherwise. */
const byFile: ReadonlySet<RecordedSource["kind"]> = new Set(["arduino", "text"]);

function importMotion(source: MotionSource, file: ImportFile, identity: Partial<Identity>): Imported<Recording> {
	if ("captures" === source.kind) return importCaptures(file, { ...source, ...identity });
	const { label, group } = identity;
	if (undefined === label) throw new LoadError(`${file.name}: nothing says which label it has`);
	const options = { label, ...(undefined !== group && { group }) };
	switch (source.kind) {
		case "arduino":
			return importArduino(file, { ...source, ...options });
		case "text":
			return importText(file, { ...source, ...options });
		case "edge-impulse":
			return importEdgeImpulse(file, { ...source, ...options });
	}
}

function rowsOf(item: Recording | Picture): number {
	return "rate" in item ? item.samples.length / item.channels : 1;
}

/** Gives labels their classes. */
class Classifier {
	readonly names: readonly string[];
	/** Labels of no class, and how often they occur. */
	readonly others = new Map<string, number>();
	readonly #classes: ReadonlyMap<string, string>;
	readonly #rest: string | undefined;

	constructor(rules: readonly ClassRule[] | undefined, items: readonly { readonly label: string }[]) {
		const found =
			rules ?? [...new Set(items.map(({ label }) => label))].sort().map((name) => ({ name, labels: [name] }));
		if (found.length > maximumClasses) throw new LoadError(`${found.length} classes; at most ${maximumClasses}`);
		this.names = found.map(({ name }) => name);
		this.#classes = new Map(
			found.flatMap(({ name, labels }) => labels.map((label): [string, string] => [label, name])),
		);
		this.#rest = this.#classes.get("*");
	}

	classOf(label: string | undefined): string | undefined {
		return undefined === label ? undefined : (this.#classes.get(label) ?? this.#rest);
	}

	/** The items that have a class, with it as their label. */
	relabel<Item extends Recording | Picture>(items: readonly Item[]): Item[] {
		return items.flatMap((item) => {
			const label = this.classOf(item.label);
			if (undefined !== label) return [{ ...item, label }];
			this.others.set(item.label, (this.others.get(item.label) ?? 0) + 1);
			return [];
		});
	}
}
