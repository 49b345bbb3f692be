import I2C from "embedded:io/i2c";

type ByteBuffer = ArrayBufferLike | ArrayBufferView;

/** Registers of an I2C device. */
export default class SMBus extends I2C {
	readUint8(register: number): number {
		this.write(Uint8Array.of(register), false);
		return new Uint8Array(this.read(1))[0]!;
	}
	readUint16(register: number, bigEndian = false): number {
		this.write(Uint8Array.of(register), false);
		const [first, second] = new Uint8Array(this.read(2));
		return bigEndian ? (first! << 8) | second! : (second! << 8) | first!;
	}
	readBuffer(register: number, count: number): ArrayBuffer;
	readBuffer(register: number, buffer: ByteBuffer): number;
	readBuffer(register: number, count: number | ByteBuffer): ArrayBuffer | number {
		this.write(Uint8Array.of(register), false);
		return this.read(count as number);
	}
	writeUint8(register: number, value: number): void {
		this.write(Uint8Array.of(register, value));
	}
	writeUint16(register: number, value: number, bigEndian = false): void {
		this.write(bigEndian ? Uint8Array.of(register, value >> 8, value) : Uint8Array.of(register, value, value >> 8));
	}
	writeBuffer(register: number, buffer: ByteBuffer): void {
		const bytes = ArrayBuffer.isView(buffer)
			? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
			: new Uint8Array(buffer);
		const message = new Uint8Array(1 + bytes.length);
		message[0] = register;
		message.set(bytes, 1);
		this.write(message);
	}
	receiveByte(): number {
		return new Uint8Array(this.read(1))[0]!;
	}
	sendByte(command: number): void {
		this.write(Uint8Array.of(command));
	}
	readQuick(): void {
		this.read(0);
	}
	writeQuick(): void {
		this.write(new ArrayBuffer(0));
	}
}
