import { useEffect, useReducer } from "react";
import { type API, APIError, unreachable } from "./api";
import { initialState, reduce, type State } from "./model";

/** Waits between attempts, in milliseconds: the first soon, none longer than ten seconds. */
const waits = [500, 1_000, 2_000, 5_000, 10_000];

/** Keeps the live feed open and turns its events into state; `onRefused` when the token is no longer good. */
export function useGateway(api: API, onRefused: (reason: string) => void): State {
	const [state, dispatch] = useReducer(reduce, initialState);
	useEffect(() => {
		const abort = new AbortController();
		let attempt = 0;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const connect = async () => {
			let reason = unreachable;
			try {
				await api.feed(abort.signal, (event) => {
					attempt = 0;
					if ("result" === event.type) dispatch({ type: "clock", ahead: Date.now() - event.data.time });
					dispatch(event);
				});
			} catch (error) {
				if (abort.signal.aborted) return;
				if (error instanceof APIError && (401 === error.status || 403 === error.status)) {
					onRefused(error.message);
					return;
				}
				if (error instanceof APIError) reason = error.message;
			}
			if (abort.signal.aborted) return;
			dispatch({ type: "lost", reason });
			timer = setTimeout(connect, waits[Math.min(attempt++, waits.length - 1)]);
		};
		connect();
		return () => {
			abort.abort();
			clearTimeout(timer);
		};
	}, [api, onRefused]);
	return state;
}
