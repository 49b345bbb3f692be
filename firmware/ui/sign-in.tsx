import { type FormEvent, useState } from "react";
import { API } from "./api";
import { Logo } from "./logo";

export function SignIn(props: { reason: string | undefined; onToken: (token: string) => void }) {
	const [token, setToken] = useState("");
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState(props.reason);
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		setBusy(true);
		try {
			const entered = token.trim();
			await new API({ token: entered }).session();
			props.onToken(entered);
		} catch (problem) {
			setError(problem instanceof Error ? problem.message : String(problem));
			setBusy(false);
		}
	};
	return (
		<main className="sign-in">
			<form onSubmit={submit}>
				<Logo />
				<h1>TMLaaS gateway</h1>
				<p>Enter the operator's token. The gateway shows it when it starts.</p>
				<input hidden type="text" autoComplete="username" value="operator" readOnly />
				<label htmlFor="token">Token</label>
				<input
					id="token"
					type="password"
					autoComplete="current-password"
					value={token}
					onChange={(event) => setToken(event.currentTarget.value)}
				/>
				{error && (
					<p className="error" role="alert">
						{error}
					</p>
				)}
				<button type="submit" className="primary" disabled={busy || !token.trim()}>
					{busy ? "Signing in…" : "Sign in"}
				</button>
			</form>
		</main>
	);
}
