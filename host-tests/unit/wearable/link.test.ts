import { expect, test } from "vitest";
import type { Exchange, Outgoing, Purpose } from "wearable/exchange";
import { Link } from "wearable/link";
import type { ResponseParser } from "wearable/response";

interface Callbacks {
	address: string;
	port: number;
	onWritable(count: number): void;
	onReadable(count: number): void;
	onError(): void;
}

/** A TCP class whose other end is the test. */
function createNetwork() {
	const sockets: Socket[] = [];
	class Socket {
		readonly callbacks: Callbacks;
		written = "";
		closed = false;
		room = 0;
		#incoming = new Uint8Array(0);

		constructor(options: unknown) {
			this.callbacks = options as Callbacks;
			sockets.push(this);
		}

		write(bytes: Uint8Array): void {
			if (bytes.length > this.room) throw new Error("would block");
			this.room -= bytes.length;
			this.written += Buffer.from(bytes).toString("latin1");
		}

		read(count: number): ArrayBuffer {
			const bytes = this.#incoming.slice(0, count);
			this.#incoming = this.#incoming.slice(count);
			return bytes.buffer;
		}

		close(): void {
			if (this.closed) throw new Error("closed twice");
			this.closed = true;
		}

		/** Room for so many bytes. */
		drain(count: number): void {
			this.room = count;
			this.callbacks.onWritable(count);
		}

		receive(text: string): void {
			this.#incoming = new Uint8Array(Buffer.from(text, "latin1"));
			this.callbacks.onReadable(text.length);
		}
	}
	return { sockets, Socket };
}

/** An exchange that says what it is told to say and writes down what it hears. */
function createScript(purposes: Purpose[]) {
	const heard: string[] = [];
	let count = 0;
	const exchange = {
		next: () => purposes[0],
		request(): Outgoing {
			count++;
			return { head: Buffer.from(`HEAD ${count}\r\n`), body: Buffer.from("x".repeat(300)) };
		},
		answered(purpose: Purpose, response: ResponseParser, _now: number, duration: number) {
			heard.push(`${purpose} ${response.status} ${Buffer.from(response.body)} ${duration}`);
			purposes.shift();
		},
		failed(reason: string) {
			heard.push(reason);
			purposes.shift();
		},
	} as unknown as Exchange;
	return { exchange, heard };
}

function connect(purposes: Purpose[]) {
	const network = createNetwork();
	const script = createScript(purposes);
	const clock = { now: 1000 };
	const link = new Link({
		exchange: script.exchange,
		io: network.Socket,
		now: () => clock.now,
	});
	link.connect("10.0.0.1", 80);
	return { ...network, ...script, clock, link };
}

const ok = (body = "", fields = "") => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
const request = (number: number) => `HEAD ${number}\r\n${"x".repeat(300)}`;

test("Link with nothing to say: opens no connection", () => {
	const { link, sockets } = connect([]);
	link.tick();
	expect(sockets.length).toBe(0);
});

test("Link: writes no more than the socket takes, reads the answer in pieces, and keeps the connection", () => {
	const { link, sockets, heard, clock } = connect(["window", "window"]);
	link.tick();
	expect(sockets[0]!.callbacks).toMatchObject({ address: "10.0.0.1", port: 80 });
	sockets[0]!.drain(3);
	sockets[0]!.drain(100);
	sockets[0]!.drain(5000);
	expect(sockets[0]!.written).toBe(request(1));
	clock.now += 12;
	const answer = ok("done".repeat(100));
	sockets[0]!.receive(answer.slice(0, 20));
	sockets[0]!.receive(answer.slice(20));
	expect(heard[0]).toMatch(/^window 200 (done){100} 12$/);
	// The next request goes out at once on the same connection.
	expect(sockets[0]!.written).toBe(request(1) + request(2));
	sockets[0]!.receive(ok());
	expect(heard.length).toBe(2);
	expect(sockets.length).toBe(1);
	expect(sockets[0]!.closed).toBe(false);
});

test("Link that has been idle for 5 s: closes the connection", () => {
	const { link, sockets, clock } = connect(["window"]);
	link.tick();
	sockets[0]!.drain(5000);
	sockets[0]!.receive(ok());
	clock.now += 4900;
	link.tick();
	expect(sockets[0]!.closed).toBe(false);
	clock.now += 200;
	link.tick();
	expect(sockets[0]!.closed).toBe(true);
	link.tick();
});

test("Link told to close: opens another connection for the next request", () => {
	const { link, sockets, heard } = connect(["window", "window"]);
	link.tick();
	sockets[0]!.drain(5000);
	sockets[0]!.receive(ok("", "Connection: close\r\n"));
	expect(sockets[0]!.closed).toBe(true);
	expect(sockets.length).toBe(2);
	sockets[1]!.drain(5000);
	sockets[1]!.receive(ok());
	expect(heard.length).toBe(2);
});

test("Link answered before all was sent: takes the answer and gives the connection up", () => {
	const { link, sockets, heard } = connect(["window"]);
	link.tick();
	sockets[0]!.drain(50);
	sockets[0]!.receive("HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n");
	expect(heard).toEqual(["window 413  0"]);
	expect(sockets[0]!.closed).toBe(true);
});

test("Link whose kept connection was closed meanwhile: sends once more on a new one, and only once", () => {
	const { link, sockets, heard } = connect(["window", "window", "window"]);
	link.tick();
	sockets[0]!.drain(5000);
	sockets[0]!.receive(ok());
	sockets[0]!.callbacks.onError();
	expect(heard.length).toBe(1);
	expect(sockets.length).toBe(2);
	sockets[1]!.drain(5000);
	expect(sockets[1]!.written).toBe(request(2));
	sockets[1]!.callbacks.onError();
	expect(heard[1]).toBe("cannot be reached");
});

test("Link whose idle connection is closed by the gateway: notices without a word", () => {
	const { link, sockets, heard, clock } = connect(["window"]);
	link.tick();
	sockets[0]!.drain(5000);
	sockets[0]!.receive(ok());
	sockets[0]!.callbacks.onError();
	expect(sockets[0]!.closed).toBe(true);
	clock.now += 10_000;
	link.tick();
	expect(heard.length).toBe(1);
	expect(sockets.length).toBe(1);
});

test("Link: no connection, a broken answer, a wrong one and none at all are failures", () => {
	const refused = connect(["window"]);
	refused.link.tick();
	refused.sockets[0]!.callbacks.onError();
	expect(refused.heard).toEqual(["cannot be reached"]);

	const broken = connect(["window"]);
	broken.link.tick();
	broken.sockets[0]!.drain(5000);
	broken.sockets[0]!.receive("HTTP/1.1 2");
	broken.sockets[0]!.callbacks.onError();
	expect(broken.heard).toEqual(["breaks off its answer"]);

	const wrong = connect(["window"]);
	wrong.link.tick();
	wrong.sockets[0]!.drain(5000);
	wrong.sockets[0]!.receive("SSH-2.0\r\n");
	expect(wrong.heard).toEqual(["gives no proper answer"]);
	expect(wrong.sockets[0]!.closed).toBe(true);

	const silent = connect(["window"]);
	silent.link.tick();
	silent.clock.now += 7900;
	silent.link.tick();
	expect(silent.heard).toEqual([]);
	silent.clock.now += 200;
	silent.link.tick();
	expect(silent.heard).toEqual(["does not answer"]);
	// What a closed socket still calls back changes nothing.
	silent.sockets[0]!.drain(5000);
	silent.sockets[0]!.receive(ok());
	silent.sockets[0]!.callbacks.onError();
	expect(silent.heard).toEqual(["does not answer"]);
});

test("Link sent what it did not ask for: closes", () => {
	const { link, sockets } = connect(["window"]);
	link.tick();
	sockets[0]!.drain(5000);
	sockets[0]!.receive(ok());
	sockets[0]!.receive("more");
	expect(sockets[0]!.closed).toBe(true);
});

test("Link: a socket that cannot be made is a failure", () => {
	const script = createScript(["window"]);
	class NoSocket {
		constructor() {
			throw new Error("no memory");
		}
		write(): void {}
		read(): undefined {}
		close(): void {}
	}
	const link = new Link({
		exchange: script.exchange,
		io: NoSocket,
		now: () => 0,
	});
	link.tick();
	expect(script.heard).toEqual(["cannot be connected to"]);
});

test("Link whose gateway moves: says there from its beginning what it was saying", () => {
	const { link, sockets, heard } = connect(["window", "window"]);
	link.tick();
	sockets[0]!.drain(100);
	link.connect("10.0.0.2", 81);
	expect(sockets[0]!.closed).toBe(true);
	expect(sockets[1]!.callbacks).toMatchObject({ address: "10.0.0.2", port: 81 });
	sockets[1]!.drain(5000);
	expect(sockets[1]!.written).toMatch(/^HEAD 1/);
	sockets[1]!.receive(ok());
	expect(heard.length).toBe(1);
});
