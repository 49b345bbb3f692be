import { useEffect, useState } from "react";
import type { API } from "./api";
import type { Pairing } from "./model";

/** Counts down between the gateway's own messages. */
function useRemaining(pairing: Pairing): number {
	const [remaining, setRemaining] = useState(pairing.remaining);
	useEffect(() => {
		const end = Date.now() + 1_000 * pairing.remaining;
		const tick = () => setRemaining(Math.max(0, Math.ceil((end - Date.now()) / 1_000)));
		tick();
		const timer = setInterval(tick, 500);
		return () => clearInterval(timer);
	}, [pairing]);
	return remaining;
}

export function PairingPanel(props: { api: API; act: (action: Promise<void>) => void; pairing: Pairing }) {
	const { api, act, pairing } = props;
	const remaining = useRemaining(pairing);
	if (!pairing.open)
		return (
			<section className="pairing closed">
				<button type="button" className="primary" onClick={() => act(api.openPairing(true))}>
					Pair a device
				</button>
			</section>
		);
	return (
		<section className="pairing" aria-label="Pairing">
			<div className="pairing-head">
				<div className="pairing-text">
					<h2>Pairing is open</h2>
					<p>
						A device that is switched on now may ask to join. Accept it if the code is the one that the device shows.
						Closes in <b>{remaining} s</b>.
					</p>
				</div>
				<button type="button" onClick={() => act(api.openPairing(false))}>
					Close pairing
				</button>
			</div>
			<ul className="requests" aria-live="polite">
				{pairing.requests.map((request) => (
					<li key={request.id}>
						<div className="pairing-text">
							<b>{request.name}</b>
							<p>
								{request.id}, firmware {request.firmware}, code <span className="code">{request.code}</span>
							</p>
						</div>
						<button
							type="button"
							className="primary"
							aria-label={`Accept ${request.name}`}
							onClick={() => act(api.answer(request.id, "accept"))}
						>
							Accept
						</button>
						<button
							type="button"
							aria-label={`Refuse ${request.name}`}
							onClick={() => act(api.answer(request.id, "refuse"))}
						>
							Refuse
						</button>
					</li>
				))}
				{0 === pairing.requests.length && <li className="soft">Waiting for a device…</li>}
			</ul>
		</section>
	);
}
