// XS's way to bind C functions, newer than @moddable/typings 5.6.

declare function Native(destructor: string): new () => object;
// biome-ignore lint/suspicious/noExplicitAny: what a C function takes and gives is stated where it is bound.
declare function native(name: string): (...values: any[]) => any;
