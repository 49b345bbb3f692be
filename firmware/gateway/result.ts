/** What the engine said about one window: made by inference, kept by a device's twin, sent on by the cloud. */
export interface Result {
	/** `<device>:<window>`; the same for a window that is sent again, so it shows duplicates. */
	readonly id: string;
	/** The device's id. */
	readonly device: string;
	/** The window's number on its device. */
	readonly window: number;
	/** The model's name. */
	readonly model: string;
	/** The model's semantic version. */
	readonly version: string;
	/** The most probable class. */
	readonly label: string;
	/** Its probability, 0…1. */
	readonly confidence: number;
	/** One for each class, in the order of the model's labels. */
	readonly probabilities: ArrayLike<number>;
	/** Milliseconds since 1970 at which the gateway had the result. */
	readonly time: number;
}
