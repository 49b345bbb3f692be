export function Logo() {
	return <img className="logo" src="/icon.svg" alt="" width="32" height="32" />;
}
