import { JSONError, JSONReader, type Kind } from "common/json";
import {
	type Identity,
	type Imported,
	type ImportFile,
	limits,
	type Problem,
	placeText,
	type Recording,
} from "../data/recording";
import { type Channel, channelNames } from "../sensor";
import { LineFinder } from "./rows";
import { channelColumns, FormatError, tooLarge, unitFactor } from "./text";

/** Names that Edge Impulse's own firmware gives the axes of an accelerometer and a gyroscope. */
const ownNames: ReadonlyMap<string, Channel> = new Map(
	["accX", "accY", "accZ", "gyrX", "gyrY", "gyrZ"].map((name, i) => [name, channelNames[i]!]),
);

export interface EdgeImpulseOptions {
	/** What each sensor is, by its name in the file, where that is neither aX … gZ nor accX … gyrZ; "-" is passed over. */
	readonly sensors?: Readonly<Record<string, Channel | "-">>;
	/** Samples that a recording must have. */
	readonly rows?: number;
}

/**
 * Reads one file of Edge Impulse's data acquisition format (its documentation, "Data acquisition format", JSON):
 * `{"protected": …, "signature": …, "payload": {"device_name", "device_type", "interval_ms", "sensors": [{"name",
 * "units"}], "values": [[…], …]}}`. Rate and units are those that the file states; the signature is not checked. Without
 * a group the device's name is the recording's. A row with anything but as many numbers as there are sensors is left out.
 */
export function importEdgeImpulse(file: ImportFile, options: Identity & EdgeImpulseOptions): Imported<Recording> {
	if (file.bytes.length > limits.file) return { items: [], problems: [tooLarge(file)] };
	const lines = new LineFinder(file.bytes);
	const problems: Problem[] = [];
	const report = (skipped: Problem["skipped"], position: number, reason: string) => {
		problems.push({ file: file.name, line: lines.lineOf(position), skipped, reason });
	};
	try {
		const payload = readPayload(new JSONReader(file.bytes));
		const { rate, columns, places, factors } = describe(payload, options);
		const rows = goodRows(payload, columns, report);
		const source = { file: file.name, line: lines.lineOf(payload.position) };
		if (0 === rows.length) throw new FormatError("there is no row that could be used");
		if (undefined !== options.rows && options.rows !== rows.length) {
			report("recording", payload.position, `${rows.length} rows where ${options.rows} are expected`);
			return { items: [], problems };
		}
		const samples = Float32Array.from(rows.flatMap((row) => places.map((place, i) => row[place]! * factors[i]!)));
		const group = options.group ?? payload.device ?? placeText(source);
		const channels = places.length as 3 | 6;
		return { items: [{ label: options.label, group, source, rate, channels, samples }], problems };
	} catch (error) {
		if (error instanceof JSONError) report("file", error.position, error.message);
		else if (error instanceof FormatError) report("file", 0, error.message);
		else throw error;
		return { items: [], problems };
	}
}

interface Row {
	readonly position: number;
	/** The numbers, or why it is no row of them. */
	readonly content: readonly number[] | string;
}

interface Payload {
	device?: string;
	interval?: number;
	sensors?: readonly { readonly name: string; readonly units: string }[];
	rows?: readonly Row[];
	/** Where the rows begin. */
	position: number;
}

/** What the file says of its rows; throws `FormatError` where it says too little. */
function describe({ interval, sensors, rows }: Payload, options: EdgeImpulseOptions) {
	if (!sensors) throw new FormatError("payload.sensors is missing");
	if (!rows) throw new FormatError("payload.values is missing");
	if (undefined === interval || !(interval > 0)) throw new FormatError("payload.interval_ms is no time");
	const columns = sensors.map(({ name }) => {
		const column = options.sensors?.[name] ?? ownNames.get(name) ?? channelNames.find((channel) => channel === name);
		if (undefined === column) throw new FormatError(`sensor "${name}": say with "sensors" which channel it is`);
		return column;
	});
	const places = channelColumns(columns);
	const factors = places.map((place, channel) =>
		unitFactor(channel < 3 ? "acceleration" : "rotation", sensors[place]!.units),
	);
	return { rate: 1000 / interval, columns, places, factors };
}

function goodRows(
	{ rows }: Payload,
	columns: readonly string[],
	report: (skipped: "row", position: number, reason: string) => void,
): (readonly number[])[] {
	const good: (readonly number[])[] = [];
	for (const { position, content } of rows ?? []) {
		if ("string" === typeof content) report("row", position, content);
		else if (content.length !== columns.length)
			report("row", position, `${content.length} numbers where ${columns.length} sensors are`);
		else {
			good.push(content);
			continue;
		}
		if (rows!.length - good.length > limits.problems)
			throw new FormatError(`more than ${limits.problems} malformed rows`);
	}
	return good;
}

function readPayload(reader: JSONReader): Payload {
	const payload: Payload = { position: 0 };
	reader.object();
	for (let key = reader.key(); undefined !== key; key = reader.key()) {
		if ("payload" !== key) {
			reader.skip();
			continue;
		}
		reader.object();
		for (let name = reader.key(); undefined !== name; name = reader.key()) {
			if ("device_name" === name) payload.device = reader.string();
			else if ("interval_ms" === name) payload.interval = reader.number();
			else if ("sensors" === name) payload.sensors = readSensors(reader);
			else if ("values" === name) {
				payload.position = reader.position;
				payload.rows = readRows(reader);
			} else reader.skip();
		}
	}
	reader.end();
	return payload;
}

/** More sensors than a device has would make rows of any length. */
const maximumSensors = 64;

function readSensors(reader: JSONReader): { name: string; units: string }[] {
	const sensors: { name: string; units: string }[] = [];
	reader.array();
	while (reader.element()) {
		if (sensors.length === maximumSensors) throw new FormatError(`more than ${maximumSensors} sensors`);
		const sensor = { name: "", units: "" };
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			if ("name" === key) sensor.name = reader.string();
			else if ("units" === key) sensor.units = reader.string();
			else reader.skip();
		}
		sensors.push(sensor);
	}
	return sensors;
}

function readRows(reader: JSONReader): Row[] {
	const rows: Row[] = [];
	reader.array();
	while (reader.element()) {
		if (rows.length === limits.rows) throw new FormatError(`more than ${limits.rows} rows`);
		rows.push({ position: reader.position, content: readRow(reader) });
	}
	return rows;
}

function readRow(reader: JSONReader): number[] | string {
	const outer = reader.kind;
	if ("array" !== outer) {
		reader.skip();
		return `${outer} where a row of numbers is expected`;
	}
	const row: number[] = [];
	let reason: string | undefined;
	reader.array();
	while (reader.element()) {
		const kind: Kind = reader.kind;
		if ("number" !== kind) {
			reason ??= `${kind} where a number is expected`;
			reader.skip();
		} else if (row.length === maximumSensors) {
			reason ??= `more than ${maximumSensors} numbers`;
			reader.skip();
		} else row.push(reader.number(greatestFloat));
	}
	return reason ?? row;
}

/** Of a Float32Array. */
const greatestFloat = 3.4028234663852886e38;
