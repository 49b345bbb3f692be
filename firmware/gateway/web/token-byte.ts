/** Whether the code is one of a token's characters (RFC 9110, 5.6.2). */
export function isTokenByte(code: number): boolean {
	if (code >= 0x61 && code <= 0x7a) return true;
	if (code >= 0x30 && code <= 0x39) return true;
	if (code >= 0x41 && code <= 0x5a) return true;
	return "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code));
}
