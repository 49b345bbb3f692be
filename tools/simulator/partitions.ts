/** ESP-IDF partition tables ("Partition Tables" in the ESP-IDF Programming Guide): Name, Type, SubType, Offset, Size, Flags. */

export interface Partition {
	readonly name: string;
	readonly type: string;
	readonly subtype: string;
	/** Bytes. */
	readonly size: number;
}

export class PartitionError extends Error {
	override name = "PartitionError";
}

/** Bytes erased together: a partition is made of whole ones. */
const BLOCK = 4096;

/** Types as numbers. */
const TYPES = Object.freeze(
	new Map([
		["0", "app"],
		["0x00", "app"],
		["1", "data"],
		["0x01", "data"],
	]),
);

/** Subtypes of type "data" that belong to ESP-IDF itself; an app opens the others. */
const SYSTEM = Object.freeze(new Set(["ota", "phy", "nvs", "nvs_keys", "coredump", "efuse"]));

/** Whether apps open it as flash by its name. */
export function isOpen({ type, subtype }: Partition): boolean {
	return type === "data" && !SYSTEM.has(subtype);
}

/** Every partition of the table. Throws `PartitionError` with the line's number. */
export function parsePartitions(text: string): Partition[] {
	const partitions: Partition[] = [];
	const names = new Set<string>();
	for (const [index, line] of text.split(/\r?\n/).entries()) {
		if (/^\s*(#|$)/.test(line)) continue;
		const at = `line ${index + 1}`;
		const [name, type, subtype, , size] = line.split(",").map((field) => field.trim());
		if (!name || !type || subtype === undefined || !size)
			throw new PartitionError(`${at}: expected Name, Type, SubType, Offset, Size`);
		if (name.length > 15) throw new PartitionError(`${at}: the name "${name}" is longer than 15 characters`);
		if (names.has(name)) throw new PartitionError(`${at}: "${name}" is there twice`);
		names.add(name);
		const bytes = parseSize(size);
		if (bytes === undefined) throw new PartitionError(`${at}: "${size}" is no size`);
		if (bytes === 0 || bytes % BLOCK !== 0)
			throw new PartitionError(`${at}: ${bytes} bytes are not whole blocks of ${BLOCK}`);
		partitions.push({ name, type: TYPES.get(type) ?? type, subtype, size: bytes });
	}
	return partitions;
}

/** Decimal or 0x…, with K or M after it. */
function parseSize(text: string): number | undefined {
	const [, digits, unit] = /^(0x[0-9a-f]+|\d+)([km]?)$/i.exec(text) ?? [];
	if (digits === undefined) return undefined;
	return Number(digits) * (unit === "" ? 1 : unit?.toLowerCase() === "k" ? 1024 : 1024 * 1024);
}
