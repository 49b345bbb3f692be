/** Whether a set holds what another was to be measured without. */

import { type Examples, type Origin, rowOf, type Split, type Stored } from "../examples";

/** Two rows of different sets are the same, or parts of the same. */
export class LeakageError extends Error {
	/** The two rows in words: set, number of the row, and file and line where it was recorded. */
	readonly rows: readonly [string, string];

	constructor(reason: string, rows: readonly [string, string]) {
		super(`${rows[0]} and ${rows[1]} ${reason}`);
		this.rows = rows;
	}
}

/** A row and the set that it is in. */
interface Member {
	readonly set: string;
	readonly examples: Examples;
	readonly index: number;
}

/**
 * Refuses a split of which two sets share a row bit for bit, overlap in a recording, or, for windows of motion, hold a
 * window and the same one shifted by up to half its length. Throws `LeakageError`, which names both.
 */
export function checkLeakage(split: Split): void {
	const members = Object.entries(split).flatMap(([set, examples]: [string, Examples]) =>
		Array.from(examples.labels, (_, index): Member => ({ set, examples, index })),
	);
	checkDuplicates(members);
	checkOverlaps(members);
	checkShifts(members);
}

function refuse(reason: string, one: Member, other: Member): never {
	throw new LeakageError(reason, [nameOf(one), nameOf(other)]);
}

function nameOf({ set, examples, index }: Member): string {
	const origin = examples.origins?.[index];
	const place = origin ? `${origin.file}:${origin.line} from ${origin.start.toFixed(2)} s` : examples.groups[index]!;
	return `${set} row ${index} (${place})`;
}

function checkDuplicates(members: readonly Member[]): void {
	const seen = new Map<number, Member[]>();
	for (const member of members) {
		const row = rowOf(member.examples, member.index);
		const hash = hashOf(row);
		const alike = seen.get(hash) ?? [];
		for (const other of alike)
			if (other.set !== member.set && areEqual(row, 0, rowOf(other.examples, other.index), 0, row.length))
				refuse("are the same", other, member);
		// One row of a set stands for its equals there.
		if (!alike.some(({ set }) => set === member.set) || alike.length < 16) alike.push(member);
		seen.set(hash, alike);
	}
}

function checkOverlaps(members: readonly Member[]): void {
	const recordings = new Map<string, { member: Member; origin: Origin }[]>();
	for (const member of members) {
		const origin = member.examples.origins?.[member.index];
		if (!origin) continue;
		const name = `${origin.file}:${origin.line}`;
		const parts = recordings.get(name);
		if (parts) parts.push({ member, origin });
		else recordings.set(name, [{ member, origin }]);
	}
	for (const parts of recordings.values()) {
		parts.sort((a, b) => a.origin.start - b.origin.start);
		/** Of each set the part that reaches furthest. */
		const furthest = new Map<string, { member: Member; origin: Origin }>();
		for (const part of parts) {
			for (const [set, other] of furthest)
				if (set !== part.member.set && part.origin.start < other.origin.end - tolerance)
					refuse("overlap in the recording", other.member, part.member);
			const own = furthest.get(part.member.set);
			if (!own || own.origin.end < part.origin.end) furthest.set(part.member.set, part);
		}
	}
}

/** Seconds; times are sums of doubles. */
const tolerance = 1e-6;

/**
 * A window that is another's shift by up to half its length has the first half of one somewhere in the other. The hash
 * of each first half is looked up at every place of every window by a rolling hash (Karp and Rabin, 1987).
 */
function checkShifts(members: readonly Member[]): void {
	const shape = members[0]?.examples.input.shape ?? [];
	if (2 !== shape.length) return;
	const [window, channels] = [shape[0]!, shape[1]!];
	const half = window >> 1;
	if (0 === half) return;
	const length = half * channels;
	const halves = new Map<number, Member[]>();
	for (const member of members) {
		const row = rowOf(member.examples, member.index);
		// Half a window at one value is a device that lies still or a sensor that is stuck.
		if (isConstant(row, length, channels)) continue;
		const hash = hashOf(row.subarray(0, length));
		const alike = halves.get(hash);
		if (!alike) halves.set(hash, [member]);
		else if (alike.length < 16) alike.push(member);
	}
	let leave = 1;
	for (let i = 0; i < length; i++) leave = Math.imul(leave, multiplier);
	for (const member of members) {
		const row = integersOf(rowOf(member.examples, member.index));
		let hash = hashOf(row.subarray(0, length));
		for (let start = 0; ; ) {
			for (const other of halves.get(hash >>> 0) ?? [])
				if (other.set !== member.set && areEqual(row, start, integersOf(rowOf(other.examples, other.index)), 0, length))
					refuse(`are the same, shifted by ${start / channels} samples`, member, other);
			if (start + length + channels > row.length) break;
			for (let k = 0; k < channels; k++, start++)
				hash = (Math.imul(hash, multiplier) + row[start + length]! - Math.imul(row[start]!, leave)) | 0;
			hash >>>= 0;
		}
	}
}

const multiplier = 0x01000193;

/** Σ row[i] · multiplier^(n − 1 − i) modulo 2^32. */
function hashOf(row: Stored | Int32Array): number {
	const whole = integersOf(row);
	let hash = 0;
	for (let i = 0; i < whole.length; i++) hash = (Math.imul(hash, multiplier) + whole[i]!) | 0;
	return hash >>> 0;
}

/** A float as its bits. */
function integersOf(row: Stored | Int32Array): Int32Array | Int16Array | Int8Array {
	return row instanceof Float32Array ? new Int32Array(row.buffer, row.byteOffset, row.length) : row;
}

function areEqual(a: ArrayLike<number>, at: number, b: ArrayLike<number>, from: number, length: number): boolean {
	for (let i = 0; i < length; i++) if (a[at + i] !== b[from + i]) return false;
	return true;
}

function isConstant(row: Stored, length: number, channels: number): boolean {
	for (let i = channels; i < length; i++) if (row[i] !== row[i - channels]) return false;
	return true;
}
