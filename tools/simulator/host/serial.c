/* The machines' serial lines, with the world at their other ends. */
#include "host.h"

#define LIMIT 65536

static SimSerial *find(SimMachine *machine, int port) {
	SimSerial *serial = machine->serials;
	while (serial && serial->port != port)
		serial = serial->next;
	return serial;
}

bool simSerialAdd(SimSerial *serial, SimMachine *machine, int port, void (*arrived)(SimSerial *serial)) {
	if (find(machine, port))
		return false;
	*serial = (SimSerial){.next = machine->serials, .machine = machine, .port = port, .arrived = arrived};
	machine->serials = serial;
	return true;
}

void simSerialRemove(SimSerial *serial) {
	SimSerial **address = &serial->machine->serials;
	while (*address != serial)
		address = &(*address)->next;
	*address = serial->next;
	free(serial->bytes);
}

size_t simSerialTake(SimSerial *serial, void *bytes, size_t length) {
	if (length > serial->waiting)
		length = serial->waiting;
	memcpy(bytes, serial->bytes, length);
	serial->waiting -= length;
	memmove(serial->bytes, serial->bytes + length, serial->waiting);
	return length;
}

bool simSerialWrite(SimMachine *machine, int port, const void *bytes, size_t length) {
	SimSerial *serial = find(machine, port);
	if (!serial || length > LIMIT - serial->waiting)
		return false;
	serial->bytes = realloc(serial->bytes, serial->waiting + length + 1);
	if (!serial->bytes)
		abort();
	memcpy(serial->bytes + serial->waiting, bytes, length);
	serial->waiting += length;
	serial->arrived(serial);
	return true;
}
