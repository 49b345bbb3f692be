import { JSONError } from "common/json";
import { type Card, parseCard } from "gateway/inference/card";
import { cardEntry } from "../../tools/training/card";
import { ModelFormatError, readModel } from "../../tools/training/tflite/reader";

/** Bytes; more than any gateway's flash. */
const greatestFile = 16 * 1024 * 1024;

/** What a model file is called is told by its card, not by the file's name. Throws an error that says what is wrong. */
export async function readModelFile(file: File): Promise<{ card: Card; content: Uint8Array<ArrayBuffer> }> {
	if (file.size > greatestFile)
		throw new Error(`it has ${file.size.toLocaleString()} bytes, and no gateway has room for so many`);
	const content = new Uint8Array(await file.arrayBuffer());
	try {
		const entry = readModel(content).metadata.find(({ name }) => cardEntry === name);
		if (!entry) throw new Error("it has no card, which gives a model its name, version and labels");
		return { card: parseCard(entry.data), content };
	} catch (error) {
		if (error instanceof ModelFormatError) throw new Error(`it is no model file: ${error.message}`);
		if (error instanceof JSONError) throw new Error(`its card cannot be read: ${error.message}`);
		throw error;
	}
}
