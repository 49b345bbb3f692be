import { useCallback, useMemo, useState } from "react";
import { API } from "./api";
import { Dashboard } from "./dashboard";
import { SignIn } from "./sign-in";

const key = "tmlaas-token";

/** A token may come in the address's fragment, which browsers do not send; it is taken out of sight at once. */
function storedToken(): string | null {
	const match = /^#token=([\w-]+)$/.exec(location.hash);
	if (match) {
		localStorage.setItem(key, match[1]!);
		history.replaceState(null, "", location.pathname);
	}
	return localStorage.getItem(key);
}

export function App() {
	const [token, setToken] = useState(storedToken);
	const [reason, setReason] = useState<string>();
	const api = useMemo(() => (token ? new API({ token }) : undefined), [token]);
	const signOut = useCallback((why?: string) => {
		localStorage.removeItem(key);
		setReason(why);
		setToken(null);
	}, []);
	if (api) return <Dashboard api={api} onSignOut={signOut} />;
	return (
		<SignIn
			reason={reason}
			onToken={(accepted) => {
				localStorage.setItem(key, accepted);
				setReason(undefined);
				setToken(accepted);
			}}
		/>
	);
}
