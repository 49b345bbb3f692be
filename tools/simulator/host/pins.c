/* The machines' pins. */
#include "host.h"

static bool valid(int pin) {
	return pin >= 0 && pin < SIM_PIN_COUNT;
}

int simPinRead(SimMachine *machine, int pin) {
	if (!valid(pin))
		return 0;
	SimPin *it = &machine->pins[pin];
	if (it->output >= 0)
		return it->output;
	if (it->level >= 0)
		return it->level;
	return it->pull > 0;
}

static void changed(SimMachine *machine, int pin, int before) {
	int value = simPinRead(machine, pin);
	if (value == before)
		return;
	SimPinListener *next;
	for (SimPinListener *listener = machine->pins[pin].listeners; listener; listener = next) {
		next = listener->next;
		listener->callback(listener, value);
	}
}

void simPinWrite(SimMachine *machine, int pin, int value) {
	if (!valid(pin))
		return;
	int before = machine->pins[pin].output;
	machine->pins[pin].output = value;
	if (before != value)
		simSupervisorPin(machine, pin, value);
}

void simPinPull(SimMachine *machine, int pin, int pull) {
	if (!valid(pin))
		return;
	machine->pins[pin].pull = pull;
	machine->pins[pin].output = -1;
}

/* A chip or a person drives it; its listeners only note that and call their app from the loop. */
void simPinDrive(SimMachine *machine, int pin, int value) {
	if (!valid(pin))
		return;
	int before = simPinRead(machine, pin);
	machine->pins[pin].level = value;
	changed(machine, pin, before);
}

void simPinListen(SimPinListener *listener) {
	SimPin *pin = &listener->machine->pins[listener->pin];
	listener->next = pin->listeners;
	pin->listeners = listener;
	listener->machine->sources++;
}

void simPinIgnore(SimPinListener *listener) {
	SimPinListener **address = &listener->machine->pins[listener->pin].listeners;
	while (*address && *address != listener)
		address = &(*address)->next;
	if (*address) {
		*address = listener->next;
		listener->machine->sources--;
		simTouch(listener->machine);
	}
}
