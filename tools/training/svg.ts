/** What all drawings share: elements as text, scales and their ticks. Colours are CSS variables of the page around. */

/** Text that is safe in HTML and SVG, in attributes too. */
export function escapeText(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

type Attributes = Readonly<Record<string, string | number>>;

/** `children` are elements or escaped text. Numbers are written to a tenth of a thousandth at most. */
export function element(name: string, attributes: Attributes, children: string | readonly string[] = ""): string {
	const list = Object.entries(attributes)
		.map(([key, value]) => ` ${key}="${typeof value === "number" ? short(value) : escapeText(value)}"`)
		.join("");
	const content = typeof children === "string" ? children : children.join("");
	return content === "" ? `<${name}${list}/>` : `<${name}${list}>${content}</${name}>`;
}

export function text(content: string, attributes: Attributes): string {
	return element("text", attributes, escapeText(content));
}

/** A line through points, x and y in turn; a gap where a value is not finite. */
export function polyline(points: readonly (readonly [number, number])[], attributes: Attributes): string {
	let path = "";
	let pen = "M";
	for (const [x, y] of points) {
		if (Number.isFinite(x) && Number.isFinite(y)) {
			path += `${pen}${short(x)} ${short(y)}`;
			pen = "L";
		} else pen = "M";
	}
	return path === "" ? "" : element("path", { fill: "none", ...attributes, d: path });
}

function short(value: number): string {
	return String(Math.round(value * 10000) / 10000);
}

/** From values to places. */
export type Scale = (value: number) => number;

export interface ScaleOptions {
	/** Values at the ends. */
	readonly from: number;
	readonly to: number;
	/** Places of the ends. */
	readonly start: number;
	readonly end: number;
}

export function linearScale({ from, to, start, end }: ScaleOptions): Scale {
	return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** For values above 0. */
export function logScale({ from, to, start, end }: ScaleOptions): Scale {
	const linear = linearScale({ from: Math.log(from), to: Math.log(to), start, end });
	return (value) => linear(Math.log(value));
}

/** Multiples of 1, 2 or 5 times a power of ten from `low` to `high`, about `count` of them. */
export function linearTicks(low: number, high: number, count: number): number[] {
	if (!(high > low)) return [low];
	const raw = (high - low) / count;
	const power = 10 ** Math.floor(Math.log10(raw));
	const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
	const first = Math.ceil(low / step - 1e-9);
	const last = Math.floor(high / step + 1e-9);
	return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten between two values above 0, with 2 and 5 times them where there are few. */
export function logTicks(low: number, high: number): number[] {
	const powers = Math.log10(high / low);
	const factors = powers > 3 ? [1] : [1, 2, 5];
	const ticks: number[] = [];
	for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
		for (const factor of factors) {
			const tick = Number((factor * 10 ** power).toPrecision(12));
			if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
		}
	}
	return ticks;
}
