import { useState } from "react";

export interface Action {
	/** Whether one is under way: one at a time. */
	readonly busy: boolean;
	/** What was asked for in vain, and why. */
	readonly failure: { readonly what: string; readonly error: Error } | undefined;
	/** Runs what a person asked for; `what` is the sentence that tells that it failed. */
	run(what: string, action: () => Promise<void>): Promise<void>;
	dismiss(): void;
}

export function useAction(): Action {
	const [busy, setBusy] = useState(false);
	const [failure, setFailure] = useState<Action["failure"]>();
	return {
		busy,
		failure,
		async run(what, action) {
			setBusy(true);
			setFailure(undefined);
			try {
				await action();
			} catch (error) {
				setFailure({ what, error: error instanceof Error ? error : new Error(String(error)) });
			} finally {
				setBusy(false);
			}
		},
		dismiss: () => setFailure(undefined),
	};
}
