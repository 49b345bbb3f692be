import { useState } from "react";

export interface Action {
	/** Whether one is under way: one at a time. */
	readonly busy: boolean;
	/** What was done last, in a sentence. */
	readonly done: string;
	/** What was asked for in vain, and why. */
	readonly failure: { readonly what: string; readonly error: Error } | undefined;
	/**
	 * Runs what a person asked for. It gives the sentence that tells what was done, empty where that is seen anyway;
	 * `failed` is the one that tells that it was not.
	 */
	run(failed: string, action: () => Promise<string>): Promise<void>;
	dismiss(): void;
}

export function useAction(): Action {
	const [busy, setBusy] = useState(false);
	const [done, setDone] = useState("");
	const [failure, setFailure] = useState<Action["failure"]>();
	return {
		busy,
		done,
		failure,
		async run(failed, action) {
			setBusy(true);
			setDone("");
			setFailure(undefined);
			try {
				setDone(await action());
			} catch (error) {
				setFailure({ what: failed, error: error instanceof Error ? error : new Error(String(error)) });
			} finally {
				setBusy(false);
			}
		},
		dismiss: () => setFailure(undefined),
	};
}
