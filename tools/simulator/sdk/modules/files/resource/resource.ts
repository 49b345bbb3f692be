/** A file that the app's manifest names, read in place: a read-only host buffer. */
export default class Resource extends Native("xs_resource_destructor") {
	constructor(path: string) {
		super();
		native("xs_resource").call(this, path);
	}
	get byteLength(): number {
		return native("xs_resource_length").call(this);
	}
	/** A part of it; with `copy` false in place, else an ArrayBuffer. */
	slice(begin: number, end?: number, copy = true): ArrayBuffer {
		return native("xs_resource_slice").call(this, begin, end, copy);
	}
	static exists(path: string): boolean {
		return native("xs_resource_exists").call(Resource, path);
	}
}
