/** A form's body as browsers encode it (URL Standard, 5.2), but for the few marks that they escape besides. */
export function encodeForm(fields: Readonly<Record<string, string>>): string {
	const encode = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
	return Object.entries(fields)
		.map(([name, value]) => `${encode(name)}=${encode(value)}`)
		.join("&");
}
