interface Options {
	pin: number;
	mode: number;
	edge?: number;
	initialValue?: 0 | 1;
	activeLow?: boolean;
	onReadable?: (this: Digital) => void;
	format?: "number";
	target?: unknown;
}

/** One pin. */
export default class Digital extends Native("xs_digital_destructor") {
	declare target?: unknown;
	declare static readonly Input: 0;
	declare static readonly InputPullUp: 1;
	declare static readonly InputPullDown: 2;
	declare static readonly InputPullUpDown: 3;
	declare static readonly Output: 8;
	declare static readonly OutputOpenDrain: 9;
	declare static readonly Rising: 1;
	declare static readonly Falling: 2;

	constructor(options: Options) {
		super();
		const { pin, mode, edge = 0, initialValue, activeLow = false, onReadable, format = "number", target } = options;
		if (format !== "number") throw new RangeError("format");
		if (target !== undefined) this.target = target;
		native("xs_digital").call(this, pin, mode, edge, initialValue, activeLow, onReadable);
	}
	read(): 0 | 1 {
		return native("xs_digital_read").call(this);
	}
	write(value: 0 | 1): void {
		native("xs_digital_write").call(this, value);
	}
	close(): void {
		native("xs_digital_close").call(this);
	}
	get format(): "number" {
		return "number";
	}
}

// Not class fields: those of a preloaded module would be writable.
Object.defineProperties(Digital, {
	Input: { value: 0 },
	InputPullUp: { value: 1 },
	InputPullDown: { value: 2 },
	InputPullUpDown: { value: 3 },
	Output: { value: 8 },
	OutputOpenDrain: { value: 9 },
	Rising: { value: 1 },
	Falling: { value: 2 },
});
