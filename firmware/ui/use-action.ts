import { useState } from "react";

export interface Action {
	/** Whether one is under way: one at a time. */
	readonly busy: boolean;
	/** What was done last, where that is not seen otherwise; empty while another is under way and when it failed. */
	readonly done: string;
	/** What was asked for in vain, and why. */
	readonly failure: { readonly what: string; readonly error: Error } | undefined;
	/** Runs what a person asked for; `failed` and `done` are the sentences that tell how it went. */
	run(action: () => Promise<void>, sentences: { failed: string; done?: string }): Promise<void>;
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
		async run(action, { failed, done = "" }) {
			setBusy(true);
			setDone("");
			setFailure(undefined);
			try {
				await action();
				setDone(done);
			} catch (error) {
				setFailure({ what: failed, error: error instanceof Error ? error : new Error(String(error)) });
			} finally {
				setBusy(false);
			}
		},
		dismiss: () => setFailure(undefined),
	};
}
