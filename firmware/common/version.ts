/** Order of versions: semantic versioning's precedence (semver.org, 2.0.0 §11), of any number of parts. */

function isNumber(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		if (!(digit >= 0 && digit <= 9)) return false;
	}
	return text.length > 0;
}

/** Digits of any length by their value. */
function compareNumbers(a: string, b: string): number {
	let i = 0;
	let j = 0;
	while (i < a.length - 1 && 0x30 === a.charCodeAt(i)) i++;
	while (j < b.length - 1 && 0x30 === b.charCodeAt(j)) j++;
	return a.length - i - (b.length - j) || compareTexts(a.slice(i), b.slice(j));
}

function compareTexts(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function compareParts(a: string | undefined, b: string | undefined, absent: string | undefined): number {
	const x = a ?? absent;
	const y = b ?? absent;
	if (undefined === x || undefined === y) return (undefined === x ? 0 : 1) - (undefined === y ? 0 : 1);
	const numbers = (isNumber(x) ? 0 : 1) - (isNumber(y) ? 0 : 1);
	if (numbers) return numbers;
	return isNumber(x) ? compareNumbers(x, y) : compareTexts(x, y);
}

/** Part by part; `absent` stands for those that the shorter one lacks, undefined: it comes before any. */
function compareLists(a: string, b: string, absent: string | undefined): number {
	const x = a.split(".");
	const y = b.split(".");
	for (let i = 0; i < x.length || i < y.length; i++) {
		const order = compareParts(x[i], y[i], absent);
		if (order) return order;
	}
	return 0;
}

/** Negative when `a` is older than `b`, 0 when neither is; `1.2` is `1.2.0`, and `2.0.0-rc.1` is older than `2.0.0`. */
export function compareVersions(a: string, b: string): number {
	const x = a.indexOf("-");
	const y = b.indexOf("-");
	const order = compareLists(x < 0 ? a : a.slice(0, x), y < 0 ? b : b.slice(0, y), "0");
	if (order || (x < 0 && y < 0)) return order;
	if (x < 0) return 1;
	if (y < 0) return -1;
	return compareLists(a.slice(x + 1), b.slice(y + 1), undefined);
}
