import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import SMBus from "embedded:io/smbus";
import Base64 from "base64";
import { BlockCipher, Digest } from "crypt";

declare const device: { I2C: { default: { data: number; clock: number } }; pin: { button: number; led: number } };

const hex = (bytes: ArrayBuffer): string =>
	Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function bus(): void {
	const sensor = new SMBus({ ...device.I2C.default, hz: 400_000, address: 0x68 } as never);
	trace(`who ${sensor.readUint8(0x75).toString(16)}\n`);
	try {
		new I2C({ ...device.I2C.default, hz: 400_000, address: 0x11 }).write(Uint8Array.of(1));
	} catch {
		trace("not acknowledged\n");
	}
}

export function pins(): void {
	const led = new Digital({ pin: device.pin.led, mode: Digital.Output });
	const button = new Digital({
		pin: device.pin.button,
		mode: Digital.InputPullUp,
		edge: Digital.Falling,
		onReadable() {
			trace(`pressed ${this.read()}\n`);
			led.write(1);
		},
	});
	trace(`button ${button.read()}\n`);
}

/** FIPS 180-4's and FIPS 197's examples, RFC 4648's vector. */
export function crypt(): void {
	for (const type of ["SHA1", "SHA256", "SHA512"] as const) {
		const digest = new Digest(type);
		digest.write("abcdbcdecdefdefgefghfghighijhijk");
		digest.write(ArrayBuffer.fromString("ijkljklmklmnlmnomnopnopq"));
		trace(`${type} ${hex(digest.close())}\n`);
	}
	const block = Uint8Array.from({ length: 16 }, (_, i) => i * 0x11);
	for (const length of [16, 24, 32]) {
		const cipher = new BlockCipher(
			"AES",
			Uint8Array.from({ length }, (_, i) => i),
		);
		const encrypted = cipher.encrypt(block);
		trace(`AES${length * 8} ${hex(encrypted)} ${hex(cipher.decrypt(encrypted))}\n`);
	}
	trace(`${Base64.encode("fooba")} ${String.fromArrayBuffer(Base64.decode("Zm9vYmFy"))}\n`);
}
