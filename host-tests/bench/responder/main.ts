/**
 * The least that answers HTTP: it does not read what it is asked, and says hello when a head has ended. No server can be
 * quicker on the same sockets.
 */
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import KeyValueStorage from "embedded:storage/key-value";

const answer = ArrayBuffer.fromString("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
const store = KeyValueStorage.open({ path: "responder", format: "string" });
const connections = new Set<TCP>();

new Listener({
	port: Number(store.read("port")),
	onReadable() {
		for (let from = this.read(); from; from = this.read())
			connections.add(
				new TCP({
					from,
					onReadable(count) {
						const bytes = new Uint8Array(this.read(count) as ArrayBuffer);
						const end = bytes.length;
						if (10 === bytes[end - 1] && 10 === bytes[end - 3]) this.write(answer);
					},
					onError() {
						connections.delete(this);
					},
				}),
			);
	},
});
