/** One partition of the machine's flash, to be read in place. */
export default class Flash extends Native("xs_mapped_flash_destructor") {
	constructor(partition: string) {
		super();
		native("xs_mapped_flash").call(this, partition);
	}
	/** All of it as a read-only host buffer, which shows what is written later. */
	map(): HostBuffer {
		return native("xs_mapped_flash_map").call(this);
	}
	get byteLength(): number {
		return native("xs_mapped_flash_length").call(this);
	}
}
