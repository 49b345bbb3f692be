import { useCallback, useEffect, useRef, useState } from "react";
import type { API } from "./api";
import type { Connection, ModelEvent, Stock } from "./model";

/** What the gateway holds, asked for when the feed comes, when it tells of a model, and when `refresh` is called. */
export function useStock(
	api: API,
	connection: Connection,
	event: ModelEvent | undefined,
): { stock: Stock | undefined; refresh: () => void } {
	const [stock, setStock] = useState<Stock>();
	const asked = useRef(0);
	const refresh = useCallback(() => {
		const turn = ++asked.current;
		api.stock().then(
			(next) => {
				if (turn === asked.current) setStock(next);
			},
			// The feed tells when the gateway is away, and when it is back this is asked for again.
			() => {},
		);
	}, [api]);
	useEffect(() => {
		if ("live" === connection) refresh();
	}, [connection, event, refresh]);
	return { stock, refresh };
}
