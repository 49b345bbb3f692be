/** Settings as they lie in the platform's key-value store: thin, so that `settings.ts` can be pure. */

import KeyValueStorage, { type StorageFormat } from "embedded:storage/key-value";
import type { Read } from "gateway/settings";

export const openDomain = (path: string, format: StorageFormat) => KeyValueStorage.open({ path, format });

/** Reads settings of a domain, which are texts or numbers; the store gives each only as what it is. */
export function reader(path: string): Read {
	const texts = openDomain(path, "string");
	const numbers = openDomain(path, "uint32");
	return (key: string) => {
		try {
			return texts.read(key) as string | undefined;
		} catch (error) {
			if (error instanceof TypeError) return numbers.read(key) as number | undefined;
			throw error;
		}
	};
}
