/** A web server for the files of one folder, for this computer only. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".json": "application/json",
};

/** @param folder absolute. @param port 0 for any. Rejects with Node's error when it is in use. */
export function serveFolder(folder: string, port: number): Promise<Server> {
	const server = createServer(async ({ url = "/" }, response) => {
		try {
			const path = join(folder, decodeURIComponent(url.replace(/[?#].*/s, "")).replace(/\/$/, "/index.html"));
			if (!path.startsWith(folder + sep)) throw new RangeError(`${path} is outside`);
			const bytes = await readFile(path);
			response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(bytes);
		} catch {
			response.writeHead(404).end();
		}
	});
	return new Promise((resolve, reject) => {
		server.on("error", reject);
		server.listen(port, "127.0.0.1", () => resolve(server));
	});
}
