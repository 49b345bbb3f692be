// What a board's provider says of its pins; @moddable/typings ties it to every io class there is.

declare var device: {
	readonly I2C: { readonly default: { readonly data: number; readonly clock: number } };
	readonly Serial: { readonly default: { readonly transmit: number; readonly receive: number } };
	/** Pins by what they are for, as in `button` and `led`. */
	readonly pin: { readonly [name: string]: number };
};
